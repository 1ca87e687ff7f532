layout(location = 0) in vec3 position;
layout(location = 5) in vec4 row_x;
layout(location = 6) in vec4 row_y;
layout(location = 7) in vec4 row_z;
uniform mat4 clip_from_world;

void main() {
    vec4 local = vec4(position, 1.0);
    gl_Position = clip_from_world * vec4(dot(row_x, local), dot(row_y, local), dot(row_z, local), 1.0);
}
