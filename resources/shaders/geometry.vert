// Instances of unit-cube meshes. Locations 0-4 and 9 come from the mesh, 5-8 once per instance.
layout(location = 0) in vec3 position;
layout(location = 1) in vec4 normal;
layout(location = 2) in vec2 uv;
layout(location = 3) in vec4 colour;
layout(location = 4) in float layer;
layout(location = 5) in vec4 row_x;
layout(location = 6) in vec4 row_y;
layout(location = 7) in vec4 row_z;
layout(location = 8) in vec4 traits;  // id, code, packed tint, luminance of the mesh
layout(location = 9) in float part;

uniform mat4 clip_from_world;
uniform mat3 eye_from_world;

out vec3 v_normal;
flat out vec2 v_id_code;
#ifdef COLOURED
out vec4 v_colour;
flat out vec4 v_tint;  // linear tint and its strength
#else
flat out float v_part;
#endif
#if defined(TEXTURED) || defined(CHARTED)
out vec3 v_uv;
#endif

void main() {
    vec4 local = vec4(position, 1.0);
    vec3 world = vec3(dot(row_x, local), dot(row_y, local), dot(row_z, local));
    gl_Position = clip_from_world * vec4(world, 1.0);
    // the matrix is rotation times scale: normals need rotation times inverse scale
    vec3 scale_squared = row_x.xyz * row_x.xyz + row_y.xyz * row_y.xyz + row_z.xyz * row_z.xyz;
    vec3 unscaled = normal.xyz / max(scale_squared, vec3(1e-12));
    vec3 turned = vec3(dot(row_x.xyz, unscaled), dot(row_y.xyz, unscaled), dot(row_z.xyz, unscaled));
    v_normal = eye_from_world * normalize(turned);
    v_id_code = traits.xy;
#ifdef COLOURED
    v_colour = colour;
    float bits = max(traits.z, 0.0);
    vec3 tint = vec3(floor(bits / 65536.0), floor(mod(bits, 65536.0) / 256.0), mod(bits, 256.0)) / 255.0;
    v_tint = vec4(tint, traits.z < 0.0 ? 0.0 : 1.0 / max(traits.w, 0.05));
#else
    v_part = part;
#endif
#if defined(TEXTURED) || defined(CHARTED)
    v_uv = vec3(uv, layer);
#endif
}
