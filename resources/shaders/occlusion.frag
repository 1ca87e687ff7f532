// Ambient obscurance in screen space (McGuire, Mara and Luebke, Scalable Ambient Obscurance, HPG 2012).
uniform sampler2D normal_depth;
uniform vec4 ray_of_pixel;
uniform float flat_reach;  // 0 with perspective; else the distance (m) at which that would show things as large
uniform float step_px;     // full-resolution pixels per pixel of this target
uniform float radius_m;
uniform float scale_px;    // pixels of a metre at a depth of 1 m, or anywhere

in vec2 v_screen;
out float out_light;

vec3 eye_point(ivec2 pixel, float depth) {
    vec2 across = (vec2(pixel) + 0.5) * ray_of_pixel.xy + ray_of_pixel.zw;
    return vec3(flat_reach > 0.0 ? across : across * depth, -depth);
}

void main() {
    ivec2 size = textureSize(normal_depth, 0);
    ivec2 pixel = min(ivec2(gl_FragCoord.xy * step_px), size - 1);
    vec4 here = texelFetch(normal_depth, pixel, 0);
    if (here.w <= 0.0) {
        out_light = 1.0;
        return;
    }
    vec3 point = eye_point(pixel, here.w);
    float px_per_m = flat_reach > 0.0 ? scale_px : scale_px / here.w;
    float away = flat_reach > 0.0 ? flat_reach : here.w;
    float radius_px = clamp(radius_m * px_per_m, 3.0, 96.0);
    float radius = radius_px / px_per_m;
    ivec2 cell = ivec2(gl_FragCoord.xy) & 3;
    float turn = float((cell.x * 4 + cell.y) * 7 % 16) * 0.3927;
    mat2 spin = mat2(cos(turn), sin(turn), -sin(turn), cos(turn)) * radius_px;
    float sum = 0.0;
    for (int i = 0; i < SAMPLES; ++i) {
        float share = (float(i) + 0.5) / float(SAMPLES);
        float angle = float(i) * 2.39996;
        ivec2 other = clamp(pixel + ivec2(spin * (vec2(cos(angle), sin(angle)) * share)), ivec2(0), size - 1);
        float depth = texelFetch(normal_depth, other, 0).w;
        vec3 offset = eye_point(other, depth <= 0.0 ? 1e6 : depth) - point;
        float squared = dot(offset, offset);
        float rise = dot(offset, here.xyz) - 0.004 * away - 0.004;
        float near = max(radius * radius - squared, 0.0);
        sum += near * near * near * max(rise / (squared + 1e-4), 0.0);
    }
    float six = radius * radius * radius;
    out_light = clamp(1.0 - 4.2 * radius * sum / (six * six * float(SAMPLES)), 0.0, 1.0);
}
