// The sum of all digits of 1 to n.
int digits(int n, int base) {
    int sum = 0;
    for (int i = 1; i <= n; ++i) {
        for (int rest = i; rest > 0; rest /= base) sum += rest % base;
    }
    return sum;
}
