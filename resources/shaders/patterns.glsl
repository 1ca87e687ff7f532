// Procedural surfaces of stuff. The numbers are those of `Pattern` in render/stuff.py.
float hash21(vec2 p) {
    p = fract(p * vec2(123.34, 456.21));
    p += dot(p, p + 45.32);
    return fract(p.x * p.y);
}

float value_noise(vec2 p) {
    vec2 cell = floor(p), f = fract(p);
    f = f * f * (3.0 - 2.0 * f);
    return mix(mix(hash21(cell), hash21(cell + vec2(1, 0)), f.x),
               mix(hash21(cell + vec2(0, 1)), hash21(cell + vec2(1, 1)), f.x), f.y);
}

// A groove of half width w around whole numbers, faded where it is thinner than a pixel.
float groove(float x, float w, float pixel) {
    float d = abs(fract(x + 0.5) - 0.5);
    return (1.0 - smoothstep(w, w + pixel, d)) * clamp(w / max(pixel, 1e-6), 0.0, 1.0);
}

vec3 patterned(int pattern, vec3 base, vec3 point, vec3 normal, float depth) {
    vec3 a = abs(normal);
    vec2 p = a.z > max(a.x, a.y) ? point.xy : (a.x > a.y ? point.yz : point.xz);
    float pixel = depth * 0.0016;               // rough size of a pixel on the surface, metres
    float fine = clamp(1.0 - pixel * 12.0, 0.0, 1.0);
    if (pattern == 1) {                          // planks
        float row = floor(p.y / 0.14);
        float along = p.x / 1.4 + hash21(vec2(row, 3.0)) * 5.0;
        float board = hash21(vec2(row, floor(along)));
        float grain = value_noise(vec2(p.x * 3.0 + board * 37.0, p.y * 60.0)) - 0.5;
        float lines = max(groove(p.y / 0.14, 0.012, pixel / 0.14), groove(along, 0.0016, pixel / 1.4));
        return base * (0.9 + 0.2 * board + 0.14 * grain * fine) * (1.0 - 0.35 * lines);
    }
    if (pattern == 2 || pattern == 9) {          // tiles, paving
        float side = pattern == 2 ? 0.30 : 0.40;
        float lines = max(groove(p.x / side, 0.010, pixel / side), groove(p.y / side, 0.010, pixel / side));
        return base * (0.96 + 0.07 * hash21(floor(p / side))) * (1.0 - 0.22 * lines);
    }
    if (pattern == 3) return base * (0.985 + 0.03 * value_noise(p * 9.0) * fine);
    if (pattern == 4) {
        float rough = value_noise(p * 60.0) * fine;
        return base * (0.90 + 0.16 * rough + 0.08 * value_noise(p * 1.3));
    }
    if (pattern == 5) {
        float blades = value_noise(p * vec2(70.0, 45.0)) * fine + 0.5 * (1.0 - fine);
        float patches = value_noise(p * 0.9) + 0.5 * value_noise(p * 3.7);
        return base * (0.62 + 0.42 * blades + 0.22 * patches) * mix(vec3(1.0), vec3(1.12, 1.04, 0.8), patches * 0.5);
    }
    if (pattern == 6) {
        float waves = value_noise(p * vec2(1.2, 3.0)) + 0.5 * value_noise(p * vec2(3.0, 8.0) + 9.0);
        return base * (0.85 + 0.22 * waves);
    }
    if (pattern == 7) return base * (0.90 + 0.10 * value_noise(p * 1.7) + 0.10 * value_noise(p * 34.0) * fine);
    if (pattern == 8) {
        vec2 brick = vec2(0.25, 0.085);
        float row = floor(p.y / brick.y);
        float along = p.x / brick.x + 0.5 * mod(row, 2.0);
        float lines = max(groove(p.y / brick.y, 0.07, pixel / brick.y), groove(along, 0.025, pixel / brick.x));
        float tone = hash21(vec2(floor(along), row));
        return mix(base * (0.85 + 0.3 * tone), vec3(0.72, 0.70, 0.66), 0.75 * lines);
    }
    if (pattern == 10) return base * (0.92 + 0.12 * value_noise(p * 130.0) * fine + 0.05 * value_noise(p * 5.0));
    return base;
}
