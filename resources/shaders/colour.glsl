// sRGB to linear light and back by short polynomials (largest error 0.3 %): pow is slow in software OpenGL.
vec3 to_linear(vec3 c) { return c * (c * (c * 0.305306011 + 0.682171111) + 0.012522878); }

vec3 to_srgb(vec3 c) {
    vec3 a = sqrt(max(c, vec3(0.0))), b = sqrt(a), d = sqrt(b);
    return max(0.662002687 * a + 0.684122060 * b - 0.323583601 * d - 0.0225411470 * c, vec3(0.0));
}
