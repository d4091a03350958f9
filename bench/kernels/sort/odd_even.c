/* kind: arithmetic */
void odd_even(float *v, int n)
{
    int round, i;
    for (round = 0; round < n; round++)
        for (i = round % 2; i + 1 < n; i += 2)
            if (v[i] > v[i + 1]) {
                float t = v[i];
                v[i] = v[i + 1];
                v[i + 1] = t;
            }
}
