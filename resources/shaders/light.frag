// Lights the geometry buffers: sun with soft shadow, sky and ground light, obscurance, backdrop. Writes sRGB.
#include "colour.glsl"
#ifdef OUTLINES
#include "outline.glsl"
#endif

uniform sampler2D normal_depth;
uniform sampler2D base_colour;
uniform sampler2D occlusion;
uniform sampler2D photo;
uniform sampler2DShadow shadow;
uniform vec4 ray_of_pixel;
uniform float flat_reach;        // 0 with perspective
uniform mat3 world_from_eye;
uniform vec3 eye;
uniform mat4 shadow_from_world;
uniform float shadow_texel;      // 1 / resolution
uniform vec3 sun_direction;      // towards the sun
uniform float sun_strength;
uniform float ambient_strength;
uniform vec3 sky_top;
uniform vec3 sky_horizon;
uniform vec3 floor_colour;
uniform vec4 floor_fade;         // middle x, y, radius where it begins to fade, where it is gone
uniform float upside_down;
uniform vec2 origin_px;
uniform vec3 depth_curve;        // window depth = x + y / depth + z * depth, metres
uniform float photo_strength;    // 0: no photo behind the scene

in vec2 v_screen;
out vec4 out_colour;

#ifdef SHADOWS
float sunlight(vec3 point, vec3 normal, float slope) {
    vec3 moved = point + normal * (0.012 + 0.03 * (1.0 - slope));
    vec4 s = shadow_from_world * vec4(moved, 1.0);
    vec3 c = s.xyz * 0.5 + 0.5;
    if (any(lessThan(c.xy, vec2(0.0))) || any(greaterThan(c.xy, vec2(1.0)))) return 1.0;
    c.z = min(c.z, 0.99999);  // shadows fall beyond the map's far end, too
    float lit = 0.0;
#if SHADOWS == 1
    return texture(shadow, vec3(c.xy, c.z));
#else
    // each pixel turns the same few taps another way; the picture averages over pixels
    float angle = fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715)))) * 6.2831853;
    mat2 turn = mat2(cos(angle), sin(angle), -sin(angle), cos(angle)) * (shadow_texel * SOFTNESS);
    for (int i = 0; i < SHADOWS; ++i) {
        float r = sqrt((float(i) + 0.5) / float(SHADOWS)), a = float(i) * 2.39996;
        lit += texture(shadow, vec3(c.xy + turn * (r * vec2(cos(a), sin(a))), c.z));
    }
    return lit / float(SHADOWS);
#endif
}
#endif

vec3 backdrop(vec3 ray) {
    float up = normalize(ray).z;
    vec3 sky = mix(sky_horizon, sky_top, smoothstep(0.0, 0.75, max(up, 0.0)));
#ifdef PHOTO
    {
        vec3 pixel = to_linear(texture(photo, vec2(v_screen.x, mix(1.0 - v_screen.y, v_screen.y, upside_down))).rgb);
        sky = mix(sky, pixel, photo_strength);
    }
#endif
    return sky;
}

void main() {
    vec2 at = gl_FragCoord.xy - origin_px;
    ivec2 pixel = ivec2(at);
    vec4 surface = texelFetch(normal_depth, pixel, 0);
    vec3 aside = world_from_eye * vec3(at * ray_of_pixel.xy + ray_of_pixel.zw, 0.0);
    bool is_flat = flat_reach > 0.0;  // all rays run side by side then
    vec3 start = is_flat ? eye + aside : eye;
    vec3 ray = -world_from_eye[2] + (is_flat ? vec3(0.0) : aside);
    vec3 behind = backdrop(ray);
    vec4 base = texelFetch(base_colour, pixel, 0);
    int pattern = int(base.a * 255.0 + 0.5) & 31;
#ifdef FLOOR
    // the default floor where it is not among the geometry: the ray meets z = 0
    if (surface.w <= 0.0 && ray.z < -1e-5) {
        surface = vec4(transpose(world_from_eye)[2], -start.z / ray.z);
        pattern = 31;
    }
#endif
#ifdef DIRECT
    gl_FragDepth = surface.w <= 0.0 ? 1.0 : clamp(depth_curve.x + depth_curve.y / surface.w + depth_curve.z * surface.w, 0.0, 1.0);
#endif
    vec3 point = start + ray * surface.w;
    vec3 normal = world_from_eye * surface.xyz;
    vec3 albedo = pattern == 31 ? floor_colour : to_linear(base.rgb);

    float facing = dot(normal, sun_direction);
    float direct = max(facing, 0.0);
#ifdef SHADOWS
    if (direct > 0.0) direct *= sunlight(point, normal, direct);
#endif
    float open = 1.0;
#ifdef OCCLUSION
    open = texture(occlusion, v_screen).r;
#endif
    vec3 from_sky = vec3(0.95, 0.98, 1.05), from_floor = vec3(0.58, 0.54, 0.50);
    vec3 ambient = mix(from_floor, from_sky, 0.5 + 0.5 * normal.z) * ambient_strength * 1.15;
    float head = 0.10 * max(surface.z, 0.0);
    vec3 light = (ambient + head) * open + vec3(1.06, 1.0, 0.92) * sun_strength * 1.05 * direct * mix(1.0, open, 0.35);
#ifdef DIRECT
    vec3 colour = albedo * light;
#else
    vec3 view = -normalize(ray);
    vec3 half_way = normalize(view + sun_direction);
    float gloss = pattern == 6 ? 0.5 : (pattern == 0 ? 0.05 : 0.02);
    float glint = max(dot(normal, half_way), 0.0);
    glint *= glint; glint *= glint; glint *= glint; glint *= glint; glint *= glint;
    float shine = gloss * (pattern == 6 ? glint * glint : glint) * direct * sun_strength;
    vec3 colour = albedo * light + shine;
    float fresnel = 1.0 - max(dot(normal, view), 0.0);
    fresnel *= fresnel;
    if (pattern == 6) colour = mix(colour, sky_top, 0.5 * fresnel * fresnel);
#endif
    // a soft shoulder above 0.75 keeps white things from clipping
    vec3 over = max(colour - 0.75, 0.0);
    colour = min(colour, 0.75) + over / (1.0 + over * 4.0);
    if (pattern == 31) {
        float away = distance(point.xy, floor_fade.xy);
        float fade = smoothstep(floor_fade.z, floor_fade.w, away);
#ifdef PHOTO
        {
            // over a photo the floor is only a catcher of shadows
            float shade = clamp(dot(light, vec3(0.333)) / (1.15 * ambient_strength + 0.1 + 1.05 * sun_strength * max(facing, 0.0)), 0.0, 1.0);
            colour = behind * mix(1.0, shade, 0.7);
        }
#endif
        colour = mix(colour, behind, fade);
    }
    colour = to_srgb(surface.w <= 0.0 ? behind : colour);
#ifdef OUTLINES
    colour = outlined(colour, base_colour, pixel);
#endif
    out_colour = vec4(colour, 1.0);
}
