// kind: memory
// sizes: bucket=n, height=n, peak=buckets
// ranges: bucket=0:buckets-1
// The highest value seen in each bucket.
void bucket_peaks(const int* bucket, const float* height, int n, float* peak) {
    for (const int* end = bucket + n; bucket != end; ++bucket, ++height) {
        if (*height > peak[*bucket]) peak[*bucket] = *height;
    }
}
