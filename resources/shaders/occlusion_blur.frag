// Averages the 4 x 4 pattern of the obscurance, without crossing depth steps.
uniform sampler2D light;
uniform sampler2D normal_depth;
uniform float step_px;
uniform float flat_reach;

out float out_light;

void main() {
    ivec2 size = textureSize(light, 0);
    ivec2 full = textureSize(normal_depth, 0) - 1;
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    float depth = texelFetch(normal_depth, min(ivec2(gl_FragCoord.xy * step_px), full), 0).w;
    float away = flat_reach > 0.0 ? flat_reach : depth;
    float sum = 0.0, weight = 0.0;
    for (int y = -2; y < 2; ++y) {
        for (int x = -2; x < 2; ++x) {
            ivec2 other = clamp(pixel + ivec2(x, y), ivec2(0), size - 1);
            float there = texelFetch(normal_depth, min(ivec2((vec2(other) + 0.5) * step_px), full), 0).w;
            float w = abs(there - depth) < 0.04 * away + 0.02 ? 1.0 : 0.0;
            sum += w * texelFetch(light, other, 0).r;
            weight += w;
        }
    }
    out_light = weight > 0.0 ? sum / weight : 1.0;
}
