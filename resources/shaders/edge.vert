// One arrow per instance between two world points, with a width in pixels: a strip of six corners, a head of three.
layout(location = 0) in vec3 a_start;
layout(location = 1) in vec3 a_end;
layout(location = 2) in vec4 a_colour;
layout(location = 3) in vec4 a_style;  // width px, lane px (to the right of its way), dash length px or 0, head px

uniform mat4 clip_from_world;
uniform vec2 size_px;
uniform float ratio;
uniform float rim;

#ifdef SPIKES  // not instanced: three vertices each, a triangle of one colour that narrows towards its end
flat out vec4 v_colour;
#else
out vec4 v_colour;
out vec3 v_across;  // px from the middle line, half width px, 1 for the head
out vec2 v_along;   // px along the way, dash length px
#endif

const float NEAR = 0.02;

vec2 pixel(vec4 clip) { return (clip.xy / clip.w * 0.5 + 0.5) * size_px; }

void main() {
    vec4 a = clip_from_world * vec4(a_start, 1.0), b = clip_from_world * vec4(a_end, 1.0);
    v_colour = a_colour;
#ifndef SPIKES
    v_across = vec3(0.0);
    v_along = vec2(0.0);
#endif
    if (a.w < NEAR && b.w < NEAR) {  // behind the camera
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        return;
    }
    bool tip_is_cut = b.w < NEAR;
    if (a.w < NEAR) a = mix(a, b, (NEAR - a.w) / (b.w - a.w));
    if (b.w < NEAR) b = mix(b, a, (NEAR - b.w) / (a.w - b.w));
    vec2 from = pixel(a), to = pixel(b);
    float whole = max(distance(from, to), 1e-3);
    vec2 along = (to - from) / whole, right = vec2(along.y, -along.x);
    from += right * a_style.y * ratio;
    to += right * a_style.y * ratio;
    float half_px = 0.5 * a_style.x * ratio;
    vec2 place;
#ifdef SPIKES
    int corner = gl_VertexID % 3;
    float side = corner == 2 ? 0.0 : (corner == 0 ? 1.0 : -1.0);
    place = (corner == 2 ? to : from) + right * side * (half_px + 0.5);
#else
    float head = tip_is_cut ? 0.0 : min(a_style.w * ratio, 0.6 * whole);
    if (gl_VertexID < 6) {
        int corner = int[6](0, 1, 2, 2, 1, 3)[gl_VertexID];
        float side = (corner & 1) == 0 ? -1.0 : 1.0;
        float reach = half_px + 0.5 + rim;  // more on either side, for the rim and smooth edges
        float way = corner < 2 ? 0.0 : whole - 0.8 * head;
        place = from + along * way + right * side * reach;
        v_across = vec3(side * reach, half_px, 0.0);
        v_along = vec2(way, a_style.z * ratio);
    } else {
        int corner = gl_VertexID - 6;
        float back = corner == 0 ? 0.0 : head;
        float side = corner == 0 ? 0.0 : (corner == 1 ? 0.42 : -0.42);
        place = to - along * back + right * side * head;
        v_across = vec3(0.0, half_px, 1.0);
    }
#endif
    gl_Position = vec4(place / size_px * 2.0 - 1.0, 0.0, 1.0);
}
