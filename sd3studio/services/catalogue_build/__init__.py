"""Builds the mesh catalogue from the Sweet Home 3D furniture libraries and the animals of the game 0 A.D.

    python -m sd3studio.services.catalogue_build --deb sweethome3d-furniture_1.8-1_all.deb --game public.zip

Both lie in Debian packages: `sweethome3d-furniture`, and `0ad-data`, whose ``public.zip`` the second one is.
`selection.tsv` says which models are taken and what they are, `categories.tsv` says how large such things really are;
things the libraries lack are made in `primitives/`, and `compositions.tsv` joins several into one. The
result is `index.json`, `meshes/<id>.glb`, `thumbnails/<id>.png` and `CREDITS.md`.

Frames: the GLB files are standard glTF: Y up, front towards +Z, metres, base centre at the origin. The world of
SD3 Studio has Z up and fronts towards -Y, so a loader maps each vertex by ``world (x, y, z) = gltf (x, -z, y)``.
Colours: ``baseColorFactor`` is linear and textures are sRGB, as glTF says.
"""

README = (
    "Meshes are standard glTF 2.0: Y up, front towards +Z, metres, base centre at the origin. World of SD3 Studio: "
    "Z up, front towards -Y, so world (x, y, z) = gltf (x, -z, y). Sizes here are width, depth, height in the world. "
    "Built by python -m sd3studio.services.catalogue_build; authors and licences are in CREDITS.md."
)
