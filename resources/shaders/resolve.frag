// Brings the lit picture to the target: averages FACTOR x FACTOR pixels or smooths edges, draws outlines and depth.
uniform sampler2D lit;
uniform sampler2D base_colour;
uniform sampler2D normal_depth;
uniform vec3 selected_colour;
uniform vec3 hovered_colour;
uniform float outlines;          // 0: nothing is selected or hovered
uniform float outline_px;        // in pixels of the geometry buffers
uniform vec2 depth_curve;        // window depth = x + y / depth in metres
uniform ivec2 origin_px;

in vec2 v_screen;
out vec4 out_colour;

vec3 to_linear(vec3 c) { return c * (c * (c * 0.305306011 + 0.682171111) + 0.012522878); }
vec3 to_srgb(vec3 c) { return max(1.055 * pow(max(c, vec3(0.0)), vec3(0.416666667)) - 0.055, vec3(0.0)); }
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

int marks(ivec2 pixel) {
    ivec2 size = textureSize(base_colour, 0) - 1;
    return int(texelFetch(base_colour, clamp(pixel, ivec2(0), size), 0).a * 255.0 + 0.5) & 96;
}

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy) - origin_px;
    vec3 colour = resolved(pixel);
    ivec2 source = pixel * FACTOR;
    if (outlines > 0.0) {
        int here = marks(source);
        float selected = 0.0, hovered = 0.0;
        for (int i = 0; i < 8; ++i) {
            float angle = float(i) * 0.785398;
            int there = marks(source + ivec2(round(vec2(cos(angle), sin(angle)) * outline_px)));
            selected = max(selected, (there & 32) != 0 && (here & 32) == 0 ? 1.0 : 0.0);
            hovered = max(hovered, (there & 64) != 0 && (here & 64) == 0 ? 1.0 : 0.0);
        }
        colour = mix(colour, hovered_colour, 0.85 * hovered);
        colour = mix(colour, selected_colour, selected);
        if ((here & 64) != 0) colour = mix(colour, hovered_colour, 0.10);
        if ((here & 32) != 0) colour = mix(colour, selected_colour, 0.12);
    }
    float depth = texelFetch(normal_depth, source, 0).w;
    out_colour = vec4(colour, 1.0);
    gl_FragDepth = depth <= 0.0 ? 1.0 : clamp(depth_curve.x + depth_curve.y / depth, 0.0, 1.0);
}
