// Outlines and a light veil over selected and hovered objects, from the codes in the geometry buffers.
uniform vec3 selected_colour;
uniform vec3 hovered_colour;
uniform float outline_px;  // in pixels of the geometry buffers

int marks(sampler2D codes, ivec2 pixel) {
    ivec2 last = textureSize(codes, 0) - 1;
    return int(texelFetch(codes, clamp(pixel, ivec2(0), last), 0).a * 255.0 + 0.5) & 96;
}

vec3 outlined(vec3 colour, sampler2D codes, ivec2 pixel) {
    int here = marks(codes, pixel);
    int around = 0;
    for (int i = 0; i < 8; ++i) {
        float angle = float(i) * 0.785398;
        around |= marks(codes, pixel + ivec2(round(vec2(cos(angle), sin(angle)) * outline_px)));
    }
    int edge = around & ~here;
    if ((here & 64) != 0) colour = mix(colour, hovered_colour, 0.10);
    if ((here & 32) != 0) colour = mix(colour, selected_colour, 0.12);
    if ((edge & 64) != 0) colour = mix(colour, hovered_colour, 0.85);
    if ((edge & 32) != 0) colour = selected_colour;
    return colour;
}
