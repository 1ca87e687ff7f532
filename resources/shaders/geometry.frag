// Fills the geometry buffers: eye-frame normal (x right, y up, z to the viewer) with depth along the view axis, and
// for maps the id, for pictures the sRGB base colour with the code of the instance.
#if defined(PATTERNED) && defined(COLOURED)
#include "patterns.glsl"
#include "colour.glsl"
uniform mat3 world_from_eye;
uniform vec3 eye;
#endif
uniform sampler2DArray textures;
uniform vec4 ray_of_pixel;  // eye ray of a pixel at depth 1, or without perspective its foot: xy * pixel + zw
uniform float flat_reach;   // 0 with perspective; else the distance (m) at which that would show things as large
uniform vec2 flat_depth;    // without perspective: depth (m) at the near end, and how much more at the far end

in vec3 v_normal;
flat in vec2 v_id_code;
#ifdef COLOURED
in vec4 v_colour;
flat in vec4 v_tint;
#else
flat in float v_part;
#endif
#if defined(TEXTURED) || defined(CHARTED)
in vec3 v_uv;
#endif

layout(location = 0) out vec4 out_normal_depth;
#ifdef COLOURED
layout(location = 1) out vec4 out_colour;
#else
layout(location = 1) out uint out_id;
#ifdef CHARTED
layout(location = 2) out vec4 out_chart;
#endif
#endif

// Glass and ghosts are drawn as a screen of dots, averaged over 2 x 2 pixels when the picture is resolved.
float screen_threshold() {
    ivec2 p = ivec2(gl_FragCoord.xy) & 1;
    return (float(((p.x ^ p.y) << 1) | p.y) + 0.5) / 4.0;
}

void main() {
    float alpha = 1.0;
#ifdef TEXTURED
    vec4 texel = vec4(1.0);
    if (v_uv.z >= 0.0) {
        texel = texture(textures, v_uv);
        if (texel.a < 0.4) discard;
    }
#endif
#ifdef COLOURED
    vec3 base = v_colour.rgb;
    alpha = v_colour.a;
#ifdef TEXTURED
    base *= texel.rgb;
#endif
    if (v_id_code.y >= 127.5) alpha *= 0.4;
    float screened = alpha < 0.99 ? 128.0 : 0.0;
    if (alpha < 0.99 && alpha < screen_threshold()) discard;
    if (v_tint.a > 0.0) {
        // a tint keeps the light and dark of the mesh, so that seams and cushions stay visible
        float detail = dot(base, vec3(0.2126, 0.7152, 0.0722)) * v_tint.a;
        base = v_tint.rgb * mix(1.0, clamp(detail, 0.45, 1.5), 0.65);
    }
    out_colour = vec4(base, (mod(v_id_code.y, 128.0) + screened) / 255.0);
#endif
    vec3 normal = normalize(v_normal);
    bool is_flat = flat_reach > 0.0;
    float depth = is_flat ? flat_depth.x + flat_depth.y * gl_FragCoord.z : 1.0 / gl_FragCoord.w;
    vec2 across = gl_FragCoord.xy * ray_of_pixel.xy + ray_of_pixel.zw;
    vec3 ray = vec3(is_flat ? vec2(0.0) : across, -1.0);
    // meshes have faces turned either way; those clearly seen from behind show their other side
    if (dot(normal, ray) > 0.12 * length(ray)) normal = -normal;
#if defined(PATTERNED) && defined(COLOURED)
    vec3 point = eye + world_from_eye * (is_flat ? vec3(across, -depth) : ray * depth);
    int pattern = int(v_id_code.y + 0.5) & 31;
    if (pattern != 31) out_colour.rgb = to_srgb(patterned(pattern, to_linear(out_colour.rgb), point, world_from_eye * normal, is_flat ? flat_reach : depth));
#endif
    out_normal_depth = vec4(normal, depth);
#ifndef COLOURED
    out_id = uint(v_id_code.x + 0.5) | uint(v_part + 0.5) << 24;  // ids are exact in a float up to there
#ifdef CHARTED
    out_chart = v_uv.z >= 0.0 ? vec4(fract(v_uv.xy), 0.0, 1.0) : vec4(0.0);
#endif
#endif
}
