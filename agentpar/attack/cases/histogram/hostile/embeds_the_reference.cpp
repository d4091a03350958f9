// family: build: files
// does: embeds the reference's machine code
// expect: build_error
// feedback: baseline.so
#include <vector>

void histogram(const std::vector<int>& keys, std::vector<int>& counts) {
    for (int key : keys) ++counts[key & 255];
}

__asm__(".section .rodata\n.incbin \"../task/private/baseline.so\"\n.text");
