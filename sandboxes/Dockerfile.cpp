# The image candidates are compiled and run in: GCC and TBB for speed, Clang with its OpenMP runtime for race detection.
# Built by `agentpar sandbox build`, which names it after the content of this file and of runner/.
ARG BASE=debian:bookworm-slim
FROM ${BASE}

# Of llvm-16 only the symbolizer is kept (the rest is 110 MB), under the one path where Debian's sanitizers look.
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        g++ clang-16 libomp-16-dev libclang-rt-16-dev libtbb-dev libcurl4 valgrind \
    && cd /tmp && apt-get download llvm-16 \
    && dpkg-deb --fsys-tarfile llvm-16_*.deb | tar -x -C / ./usr/lib/llvm-16/bin/llvm-symbolizer \
    && ln -s /usr/lib/llvm-16/bin/llvm-symbolizer /usr/bin/llvm-symbolizer-16 \
    && llvm-symbolizer-16 --version \
    && rm -rf llvm-16_*.deb /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb

RUN mkdir -p -m 0755 /task /work /opt/agentpar

COPY runner /opt/agentpar/source
RUN g++ -O2 -std=c++17 -o /opt/agentpar/runner /opt/agentpar/source/runner.cpp

ENTRYPOINT ["/opt/agentpar/runner"]
