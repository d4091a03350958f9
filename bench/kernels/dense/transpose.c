/* kind: memory */
#define AT(m, row, col, width) ((m)[(row) * (width) + (col)])

void transpose(const float *in, float *out, int height, int width)
{
    int y, x;
    for (y = 0; y < height; ++y)
        for (x = 0; x < width; ++x)
            AT(out, x, y, height) = AT(in, y, x, width);
}
