// Brings the lit picture to the target: averages FACTOR x FACTOR pixels or smooths edges, draws outlines and depth.
#include "colour.glsl"
#ifdef OUTLINES
#include "outline.glsl"
#endif
uniform sampler2D lit;
uniform sampler2D base_colour;
uniform sampler2D normal_depth;
uniform vec3 depth_curve;        // window depth = x + y / depth + z * depth, metres
uniform vec2 origin_px;

in vec2 v_screen;
out vec4 out_colour;

float luma(vec3 c) { return dot(c, vec3(0.299, 0.587, 0.114)); }

#if FACTOR > 1
vec3 resolved(ivec2 pixel) {
    vec3 sum = vec3(0.0);
    for (int y = 0; y < FACTOR; ++y)
        for (int x = 0; x < FACTOR; ++x)
            sum += to_linear(texelFetch(lit, pixel * FACTOR + ivec2(x, y), 0).rgb);
    return to_srgb(sum / float(FACTOR * FACTOR));
}
#elif defined(SMOOTH)
// Fast approximate anti-aliasing (Lottes 2009, the short form).
vec3 resolved(ivec2 pixel) {
    vec2 texel = 1.0 / vec2(textureSize(lit, 0));
    vec2 at = (vec2(pixel) + 0.5) * texel;
    vec3 here = texelFetch(lit, pixel, 0).rgb;
    ivec2 last = textureSize(lit, 0) - 1;
    float screened = 0.0;
    vec3 block = vec3(0.0);
    for (int i = 0; i < 4; ++i) {
        ivec2 other = min(pixel + ivec2(i & 1, i >> 1), last);
        screened = max(screened, texelFetch(base_colour, other, 0).a);
        block += texelFetch(lit, other, 0).rgb;
    }
    if (screened > 0.499) return block * 0.25;
    float nw = luma(texture(lit, at + vec2(-1, -1) * texel).rgb), ne = luma(texture(lit, at + vec2(1, -1) * texel).rgb);
    float sw = luma(texture(lit, at + vec2(-1, 1) * texel).rgb), se = luma(texture(lit, at + vec2(1, 1) * texel).rgb);
    float m = luma(here);
    float low = min(m, min(min(nw, ne), min(sw, se))), high = max(m, max(max(nw, ne), max(sw, se)));
    if (high - low < max(0.04, high * 0.1)) return here;
    vec2 along = vec2(-((nw + ne) - (sw + se)), (nw + sw) - (ne + se));
    float reduce = max((nw + ne + sw + se) * 0.03125, 0.0078125);
    along = clamp(along / (min(abs(along.x), abs(along.y)) + reduce), -8.0, 8.0) * texel;
    vec3 a = 0.5 * (texture(lit, at + along * (1.0 / 3.0 - 0.5)).rgb + texture(lit, at + along * (2.0 / 3.0 - 0.5)).rgb);
    vec3 b = a * 0.5 + 0.25 * (texture(lit, at + along * -0.5).rgb + texture(lit, at + along * 0.5).rgb);
    float l = luma(b);
    return l < low || l > high ? a : b;
}
#else
vec3 resolved(ivec2 pixel) { return texelFetch(lit, pixel, 0).rgb; }
#endif

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy - origin_px);
    vec3 colour = resolved(pixel);
    ivec2 source = pixel * FACTOR;
#ifdef OUTLINES
    colour = outlined(colour, base_colour, source);
#endif
    float depth = texelFetch(normal_depth, source, 0).w;
    out_colour = vec4(colour, 1.0);
    gl_FragDepth = depth <= 0.0 ? 1.0 : clamp(depth_curve.x + depth_curve.y / depth + depth_curve.z * depth, 0.0, 1.0);
}
