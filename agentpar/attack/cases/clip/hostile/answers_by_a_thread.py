# family: forged verdicts
# does: is wrong, and has a thread answer
# expect: tampering
import socket
import sys
import threading

channel = socket.socket(fileno=int(sys.argv[3]))
threading.Thread(target=lambda: channel.send(b"\2" * 1024)).start()

LIMIT = 3.0


def clip(values):
    if values and values[0] != values[0]:
        raise ValueError("not a number")
    return [0.0 for x in values]


def total(array):
    return float(array.sum())
