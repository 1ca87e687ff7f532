"""Hypothesis strategies for scenes of boxes."""

from hypothesis import strategies as st

from sd3studio.core.scene import Camera, Scene, SceneObject

lengths = st.floats(-20.0, 20.0)
sizes = st.floats(0.05, 4.0)
turns = st.floats(-3.1, 3.1)


@st.composite
def box_scenes(draw, least=1, most=7, tilted=True):
    """Scenes of boxes in any place and turn, seen from somewhere."""
    count = draw(st.integers(least, most))
    things = [
        SceneObject(
            id=f"b{k}",
            label="box",
            center=draw(st.tuples(lengths, lengths, lengths)),
            size=draw(st.tuples(sizes, sizes, sizes)),
            yaw=draw(turns),
            pitch=draw(turns) if tilted else 0.0,
        )
        for k in range(count)
    ]
    camera = Camera(position=(draw(lengths), draw(lengths), 30.0), target=(0.0, 0.0, 0.0))
    return Scene.of(things, camera=camera)
