// Fills the geometry buffers: eye-frame normal (x right, y up, z to the viewer) with depth along the view axis, id,
// and sRGB base colour with the code of the instance.
uniform sampler2DArray textures;
uniform vec4 ray_of_pixel;  // eye ray of a pixel at depth 1: xy * pixel + zw

in vec3 v_normal;
flat in vec2 v_id_code;
#ifdef COLOURED
in vec4 v_colour;
flat in vec4 v_tint;
#endif
#ifdef TEXTURED
in vec3 v_uv;
#endif

layout(location = 0) out vec4 out_normal_depth;
layout(location = 1) out uint out_id;
#ifdef COLOURED
layout(location = 2) out vec4 out_colour;
#endif

float screen_threshold() {
    ivec2 p = ivec2(gl_FragCoord.xy) & 3;
    int order = (((p.x ^ p.y) & 1) << 3) | ((p.y & 1) << 2) | ((p.x ^ p.y) & 2) | ((p.y & 2) >> 1);
    return (float(order) + 0.5) / 16.0;
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
    if (alpha < 0.99 && alpha < screen_threshold()) discard;
    if (v_tint.a > 0.0) {
        // a tint keeps the light and dark of the mesh, so that seams and cushions stay visible
        float detail = dot(base, vec3(0.2126, 0.7152, 0.0722)) * v_tint.a;
        base = v_tint.rgb * mix(1.0, clamp(detail, 0.45, 1.5), 0.65);
    }
    out_colour = vec4(base, v_id_code.y / 255.0);
#endif
    vec3 normal = normalize(v_normal);
    vec3 ray = vec3(gl_FragCoord.xy * ray_of_pixel.xy + ray_of_pixel.zw, -1.0);
    // meshes have faces turned either way; those clearly seen from behind show their other side
    if (dot(normal, ray) > 0.12 * length(ray)) normal = -normal;
    out_normal_depth = vec4(normal, 1.0 / gl_FragCoord.w);
    out_id = uint(v_id_code.x + 0.5);
}
