"""A worker's memory, through the descriptor that it handed over before it loaded anything."""

import os


class Memory:
    """Read and written while the worker stands still."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, address: int, count: int) -> bytearray:
        """So many bytes of it. Raises ValueError where they are not the worker's."""
        data = bytearray(count)
        at = 0
        while at < count:
            try:
                got = os.preadv(self._descriptor, [memoryview(data)[at:]], address + at)
            except (OSError, OverflowError) as error:
                raise ValueError("its outputs cannot be read") from error
            if got == 0:
                raise ValueError("its outputs cannot be read")
            at += got
        return data

    def write(self, address: int, data: memoryview) -> None:
        """Put bytes into it. Raises OSError or OverflowError where they cannot be."""
        at = 0
        while at < data.nbytes:
            at += os.pwrite(self._descriptor, data[at:], address + at)

    def write_over(self, address: int, count: int, noise: bytes) -> None:
        """Put noise into so many bytes of it, again and again; nothing where there is no noise. Raises as `write`."""
        if noise:
            for at in range(0, count, len(noise)):
                self.write(address + at, memoryview(noise)[: count - at])
