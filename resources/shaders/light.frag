// Lights the geometry buffers: sun with soft shadow, sky and ground light, obscurance, backdrop. Writes sRGB.
#include "patterns.glsl"

uniform sampler2D normal_depth;
uniform sampler2D base_colour;
uniform sampler2D occlusion;
uniform sampler2D photo;
uniform sampler2DShadow shadow;
uniform vec4 ray_of_pixel;
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
uniform float photo_strength;    // 0: no photo behind the scene

in vec2 v_screen;
out vec4 out_colour;

vec3 to_linear(vec3 c) { return c * (c * (c * 0.305306011 + 0.682171111) + 0.012522878); }
vec3 to_srgb(vec3 c) { return max(1.055 * pow(max(c, vec3(0.0)), vec3(0.416666667)) - 0.055, vec3(0.0)); }

#ifdef SHADOWS
float sunlight(vec3 point, vec3 normal, float slope) {
    vec3 moved = point + normal * (0.012 + 0.03 * (1.0 - slope));
    vec4 s = shadow_from_world * vec4(moved, 1.0);
    vec3 c = s.xyz * 0.5 + 0.5;
    if (any(lessThan(c.xy, vec2(0.0))) || any(greaterThan(c.xy, vec2(1.0))) || c.z >= 1.0) return 1.0;
    float lit = 0.0;
#if SHADOWS > 1
    float angle = fract(sin(dot(gl_FragCoord.xy, vec2(12.9898, 78.233))) * 43758.5453) * 6.2832;
    mat2 turn = mat2(cos(angle), sin(angle), -sin(angle), cos(angle));
    for (int i = 0; i < 16; ++i) {
        float r = sqrt((float(i) + 0.5) / 16.0), a = float(i) * 2.39996;
        lit += texture(shadow, vec3(c.xy + turn * (r * vec2(cos(a), sin(a))) * shadow_texel * SOFTNESS, c.z));
    }
    return lit / 16.0;
#else
    for (int i = 0; i < 4; ++i) {
        vec2 offset = vec2((i & 1) == 0 ? -0.75 : 0.75, i < 2 ? -0.75 : 0.75);
        lit += texture(shadow, vec3(c.xy + offset * shadow_texel, c.z));
    }
    return lit * 0.25;
#endif
}
#endif

vec3 backdrop(vec3 ray) {
    float up = normalize(ray).z;
    vec3 sky = mix(sky_horizon, sky_top, smoothstep(0.0, 0.75, max(up, 0.0)));
    if (photo_strength > 0.0) {
        vec3 pixel = to_linear(texture(photo, vec2(v_screen.x, mix(1.0 - v_screen.y, v_screen.y, upside_down))).rgb);
        sky = mix(sky, pixel, photo_strength);
    }
    return sky;
}

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    vec4 surface = texelFetch(normal_depth, pixel, 0);
    vec3 eye_ray = vec3(gl_FragCoord.xy * ray_of_pixel.xy + ray_of_pixel.zw, -1.0);
    vec3 ray = world_from_eye * eye_ray;
    vec3 behind = backdrop(ray);
    if (surface.w <= 0.0) {
        out_colour = vec4(to_srgb(behind), 1.0);
        return;
    }
    vec4 base = texelFetch(base_colour, pixel, 0);
    int pattern = int(base.a * 255.0 + 0.5) & 31;
    vec3 point = eye + ray * surface.w;
    vec3 normal = normalize(world_from_eye * surface.xyz);
    vec3 albedo = pattern == 31 ? floor_colour : to_linear(base.rgb);
    if (pattern > 0 && pattern < 31) albedo = patterned(pattern, albedo, point, normal, surface.w);

    float facing = dot(normal, sun_direction);
    float direct = max(facing, 0.0);
#ifdef SHADOWS
    if (direct > 0.0) direct *= sunlight(point, normal, direct);
#endif
    float open = 1.0;
#ifdef OCCLUSION
    open = texture(occlusion, v_screen).r;
#endif
    vec3 view = -normalize(ray);
    vec3 from_sky = vec3(0.93, 0.97, 1.06), from_floor = vec3(0.66, 0.62, 0.58);
    vec3 ambient = mix(from_floor, from_sky, 0.5 + 0.5 * normal.z) * ambient_strength * 1.5;
    float head = 0.10 * max(dot(normal, view), 0.0);
    vec3 light = (ambient + head) * open + vec3(1.06, 1.0, 0.92) * sun_strength * 1.15 * direct * mix(1.0, open, 0.35);
    vec3 half_way = normalize(view + sun_direction);
    float gloss = pattern == 6 ? 0.5 : (pattern == 0 ? 0.05 : 0.02);
    float shine = gloss * pow(max(dot(normal, half_way), 0.0), pattern == 6 ? 90.0 : 28.0) * direct * sun_strength;
    vec3 colour = albedo * light + shine;
    if (pattern == 6) colour = mix(colour, sky_top, 0.5 * pow(1.0 - max(dot(normal, view), 0.0), 4.0));
    // a soft shoulder above 0.75 keeps white things from clipping
    vec3 over = max(colour - 0.75, 0.0);
    colour = min(colour, 0.75) + 0.25 * (1.0 - exp(-over / 0.25));
    if (pattern == 31) {
        float away = distance(point.xy, floor_fade.xy);
        float fade = smoothstep(floor_fade.z, floor_fade.w, away);
        if (photo_strength > 0.0) {
            // over a photo the floor is only a catcher of shadows
            float shade = clamp(dot(light, vec3(0.333)) / (1.5 * ambient_strength + 0.1 + 1.15 * sun_strength * max(facing, 0.0)), 0.0, 1.0);
            colour = behind * mix(1.0, shade, 0.7);
        }
        colour = mix(colour, behind, fade);
    }
    out_colour = vec4(to_srgb(colour), 1.0);
}
