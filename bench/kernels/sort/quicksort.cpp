// kind: arithmetic
// entry: quick::quicksort<long>
// ranges: v=-1000000:1000000
#include <utility>
#include <vector>

namespace quick {

template <class T>
void part(T* low, T* high) {
    while (high - low > 1) {
        const T pivot = low[(high - low) / 2];
        T *i = low, *j = high - 1;
        while (i <= j) {
            while (*i < pivot) ++i;
            while (pivot < *j) --j;
            if (i <= j) std::swap(*i++, *j--);
        }
        part(low, j + 1);
        low = i;
    }
}

template <class T>
void quicksort(std::vector<T>& v) {
    part(v.data(), v.data() + v.size());
}

}  // namespace quick
