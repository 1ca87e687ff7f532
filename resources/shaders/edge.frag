// A line with a dark rim, smooth along its edges; dashed where the style says so.
out vec4 o_colour;

#ifdef SPIKES
flat in vec4 v_colour;

void main() { o_colour = v_colour; }
#else
in vec4 v_colour;
in vec3 v_across;
in vec2 v_along;

uniform float rim;

void main() {
    float cover = v_across.z > 0.5 ? 1.0 : clamp(v_across.y + 0.5 - abs(v_across.x), 0.0, 1.0);
    if (v_along.y > 0.0 && fract(v_along.x / (2.0 * v_along.y)) > 0.55) discard;
    float around = v_across.z > 0.5 ? 0.0 : clamp(v_across.y + 0.5 + rim - abs(v_across.x), 0.0, 1.0) - cover;
    float whole = cover + 0.45 * around;
    o_colour = vec4(v_colour.rgb * cover / max(whole, 1e-3), v_colour.a * whole);
}
#endif
