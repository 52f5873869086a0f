#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: noise_vectors.py > noise_vectors.h
       noise_vectors.py --check noise_vectors.h

A second implementation of WireGuard's handshake, from the protocol's papers and RFCs 7539, 7748 and
5869, with nothing but Python's standard library. It proves itself against published vectors before
it prints any of its own, and plays both roles of every handshake. It is a model: slow, and leaking
through its timing.
"""
import hashlib
import os
import struct
import sys

P = 2**255 - 19
M64 = 2**64 - 1
EMPTY = b""


# ---- primitives ----

def x25519(scalar, point):
    k = int.from_bytes(scalar, "little") & ~(7 | 1 << 255) | 1 << 254
    u = int.from_bytes(point, "little") & (1 << 255) - 1
    x2, z2, x3, z3 = 1, 0, u, 1
    for bit in (k >> t & 1 for t in range(254, -1, -1)):
        if bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb, aa, bb = d * a % P, c * b % P, a * a % P, b * b % P
        x3, z3 = (da + cb) ** 2 % P, u * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, (aa - bb) * (aa + 121665 * (aa - bb)) % P
        if bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def public(private):
    return x25519(private, (9).to_bytes(32, "little"))


def siphash(key, data):
    """SipHash-2-4, from the paper of Aumasson and Bernstein."""
    def rounds(count):
        nonlocal a, b, c, d
        for _ in range(count):
            a, c = a + b & M64, c + d & M64
            b, d = rotate64(b, 13) ^ a, rotate64(d, 16) ^ c
            a = rotate64(a, 32)
            c, a = c + b & M64, a + d & M64
            b, d = rotate64(b, 17) ^ c, rotate64(d, 21) ^ a
            c = rotate64(c, 32)

    k0, k1 = struct.unpack("<2Q", key)
    words = struct.unpack(">4Q", b"somepseudorandomlygeneratedbytes")
    a, b, c, d = (k ^ word for k, word in zip((k0, k1, k0, k1), words))
    data += bytes(-(len(data) + 1) % 8) + bytes([len(data) & 0xff])
    for (word,) in struct.iter_unpack("<Q", data):
        d ^= word
        rounds(2)
        a ^= word
    c ^= 0xff
    rounds(4)
    return struct.pack("<Q", a ^ b ^ c ^ d)


def rotate64(word, bits):
    return (word << bits | word >> 64 - bits) & M64


def rotate(word, bits):
    return (word << bits | word >> 32 - bits) & 0xffffffff


def chacha_rounds(state):
    s = list(state)
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            for first, second, third, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                s[first] = s[first] + s[second] & 0xffffffff
                s[third] = rotate(s[third] ^ s[first], bits)
    return s


def chacha_state(key, tail):
    return struct.unpack("<4I", b"expand 32-byte k") + struct.unpack("<8I", key) + struct.unpack("<4I", tail)


def chacha_block(key, counter, nonce):
    state = chacha_state(key, struct.pack("<I", counter) + nonce)
    return struct.pack("<16I", *(a + b & 0xffffffff for a, b in zip(chacha_rounds(state), state)))


def hchacha(key, nonce):
    s = chacha_rounds(chacha_state(key, nonce))
    return struct.pack("<8I", *s[:4], *s[12:])


def chacha_xor(key, nonce, text):
    stream = b"".join(chacha_block(key, 1 + i, nonce) for i in range(len(text) // 64 + 1))
    return bytes(a ^ b for a, b in zip(text, stream))


def poly1305(key, text):
    r = int.from_bytes(key[:16], "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff
    total = 0
    for i in range(0, len(text), 16):
        total = (total + int.from_bytes(text[i:i + 16] + b"\1", "little")) * r % (2**130 - 5)
    return (total + int.from_bytes(key[16:], "little") & 2**128 - 1).to_bytes(16, "little")


def padded(text):
    return text + bytes(-len(text) % 16)


def tag_of(key, nonce, sealed, ad):
    return poly1305(chacha_block(key, 0, nonce)[:32],
                    padded(ad) + padded(sealed) + struct.pack("<QQ", len(ad), len(sealed)))


def aead_seal(key, nonce, text, ad):
    sealed = chacha_xor(key, nonce, text)
    return sealed + tag_of(key, nonce, sealed, ad)


def aead_open(key, nonce, sealed, ad):
    assert tag_of(key, nonce, sealed[:-16], ad) == sealed[-16:], "not authentic"
    return chacha_xor(key, nonce, sealed[:-16])


def xaead_seal(key, nonce, text, ad):
    return aead_seal(hchacha(key, nonce[:16]), bytes(4) + nonce[16:], text, ad)


def blake2s(*parts):
    return hashlib.blake2s(b"".join(parts)).digest()


def mac(key, text):
    return hashlib.blake2s(text, digest_size=16, key=key).digest()


def hmac(key, text):
    block = key.ljust(64, b"\0")
    inner = blake2s(bytes(b ^ 0x36 for b in block), text)
    return blake2s(bytes(b ^ 0x5c for b in block), inner)


def hkdf(salt, text, count):
    extracted, outputs, last = hmac(salt, text), [], EMPTY
    for i in range(count):
        last = hmac(extracted, last + bytes([i + 1]))
        outputs.append(last)
    return outputs


# ---- IKpsk2, with the payloads free so that other people's vectors fit ----

class Noise:
    def __init__(self, prologue, responder_static):
        self.ck = blake2s(b"Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s")
        self.hash = blake2s(self.ck, prologue)
        self.key = None
        self.mix_hash(responder_static)

    def mix_hash(self, data):
        self.hash = blake2s(self.hash, data)

    def mix_key(self, data):
        self.ck, self.key = hkdf(self.ck, data, 2)

    def mix_ephemeral(self, ephemeral):
        self.mix_hash(ephemeral)
        self.mix_key(ephemeral)

    def mix_psk(self, psk):
        self.ck, digest, self.key = hkdf(self.ck, psk, 3)
        self.mix_hash(digest)

    def seal(self, text):
        sealed = aead_seal(self.key, bytes(12), text, self.hash)
        self.mix_hash(sealed)
        return sealed

    def open(self, sealed):
        text = aead_open(self.key, bytes(12), sealed, self.hash)
        self.mix_hash(sealed)
        return text


def write_first(prologue, static, ephemeral, remote_static, payload):
    n = Noise(prologue, remote_static)
    n.mix_ephemeral(public(ephemeral))
    n.mix_key(x25519(ephemeral, remote_static))
    sealed_static = n.seal(public(static))
    n.mix_key(x25519(static, remote_static))
    return n, (public(ephemeral), sealed_static, n.seal(payload))


def read_first(prologue, static, message):
    n = Noise(prologue, public(static))
    n.mix_ephemeral(message[0])
    n.mix_key(x25519(static, message[0]))
    remote_static = n.open(message[1])
    n.mix_key(x25519(static, remote_static))
    return n, remote_static, n.open(message[2])


def write_second(n, ephemeral, remote_ephemeral, remote_static, psk, payload):
    n.mix_ephemeral(public(ephemeral))
    n.mix_key(x25519(ephemeral, remote_ephemeral))
    n.mix_key(x25519(ephemeral, remote_static))
    n.mix_psk(psk)
    return public(ephemeral), n.seal(payload)


def read_second(n, static, ephemeral, psk, message):
    n.mix_ephemeral(message[0])
    n.mix_key(x25519(ephemeral, message[0]))
    n.mix_key(x25519(static, message[0]))
    n.mix_psk(psk)
    return n.open(message[1])


# ---- proof of the model ----

CACOPHONY = "../../../tests/oracle/src/test/resources/org/wg4j/oracle/noise/cacophony-ikpsk2.properties"


def prove_primitives():
    h = bytes.fromhex
    # RFC 7748, 5.2
    assert x25519(h("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
                  h("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")) == \
        h("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
    # the paper on SipHash, appendix A
    assert siphash(bytes(range(16)), bytes(range(15))) == (0xa129ca6149be45e5).to_bytes(8, "little")
    # RFC 7539, 2.8.2
    text = (b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
            b"future, sunscreen would be it.")
    sealed = aead_seal(bytes(range(0x80, 0xa0)), h("070000004041424344454647"), text,
                       h("50515253c0c1c2c3c4c5c6c7"))
    assert sealed[:16] == h("d31a8d34648e60db7b86afbc53ef7ec2")
    assert sealed[-16:] == h("1ae10b594f09e26a7e902ecbd0600691")
    # draft-irtf-cfrg-xchacha, 2.2.1
    assert hchacha(bytes(range(32)), h("000000090000004a0000000031415927")) == \
        h("82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc")


def prove_handshake(path):
    with open(path, encoding="ascii") as source:
        pairs = (line.strip().split("=", 1) for line in source if "=" in line and line[0] != "#")
        v = {name: value if name == "protocol_name" else bytes.fromhex(value) for name, value in pairs}
    prologue, psk = v["init_prologue"], v["init_psks"]
    ours, first = write_first(prologue, v["init_static"], v["init_ephemeral"],
                              v["init_remote_static"], v["message.0.payload"])
    assert b"".join(first) == v["message.0.ciphertext"]
    theirs, remote_static, payload = read_first(prologue, v["resp_static"], first)
    assert payload == v["message.0.payload"]
    second = write_second(theirs, v["resp_ephemeral"], first[0], remote_static, psk, v["message.1.payload"])
    assert b"".join(second) == v["message.1.ciphertext"]
    assert read_second(ours, v["init_static"], v["init_ephemeral"], psk, second) == v["message.1.payload"]
    assert ours.hash == theirs.hash == v["handshake_hash"]
    key = hkdf(ours.ck, EMPTY, 2)[0]
    assert aead_seal(key, bytes(12), v["message.2.payload"], EMPTY) == v["message.2.ciphertext"]


# ---- our vectors ----

def made(label, size=32):
    """Bytes that look random, are the same in every run, and nobody chose."""
    return hashlib.shake_128(b"wg4j " + label.encode()).digest(size)


def clamped(private):
    return bytes([private[0] & 248]) + private[1:31] + bytes([private[31] & 127 | 64])


def literal(data, indent):
    lines = [data[i:i + 10] for i in range(0, len(data), 10)]
    body = ",\n".join("\t" * (indent + 1) + ", ".join(f"0x{b:02x}" for b in line) for line in lines)
    return "{\n" + body + ",\n" + "\t" * indent + "}"


def handshake_vector(label, psk):
    prologue = b"WireGuard v1 zx2c4 Jason@zx2c4.com"
    key = {who: clamped(made(f"{label} {who}")) for who in
           ("initiator", "responder", "initiator ephemeral", "responder ephemeral")}
    initiator, responder = public(key["initiator"]), public(key["responder"])
    timestamp = struct.pack(">QI", 0x400000000000000a + 1700000000, 0x12000000)
    first_index, second_index = struct.pack("<I", 0x1a2b3c4d), struct.pack("<I", 0xf0e1d2c3)
    cookie = made(f"{label} cookie", 16)

    ours, first = write_first(prologue, key["initiator"], key["initiator ephemeral"], responder, timestamp)
    waiting = (ours.ck, ours.hash)
    theirs, remote_static, opened = read_first(prologue, key["responder"], first)
    assert (remote_static, opened) == (initiator, timestamp)
    initiation = struct.pack("<I", 1) + first_index + b"".join(first)
    initiation += mac(blake2s(b"mac1----", responder), initiation)
    initiation += mac(cookie, initiation)

    second = write_second(theirs, key["responder ephemeral"], first[0], initiator, psk, EMPTY)
    assert read_second(ours, key["initiator"], key["initiator ephemeral"], psk, second) == EMPTY
    response = struct.pack("<I", 2) + second_index + first_index + b"".join(second)
    response += mac(blake2s(b"mac1----", initiator), response)
    response += bytes(16)
    sends = hkdf(ours.ck, EMPTY, 2)
    assert sends == hkdf(theirs.ck, EMPTY, 2) and (len(initiation), len(response)) == (148, 92)

    return [("initiator_private", key["initiator"]), ("initiator_public", initiator),
            ("responder_private", key["responder"]), ("responder_public", responder),
            ("preshared_key", psk), ("initiator_ephemeral", key["initiator ephemeral"]),
            ("timestamp", timestamp), ("cookie", cookie),
            ("initiation", initiation), ("waiting_chaining_key", waiting[0]),
            ("waiting_hash", waiting[1]), ("response", response),
            ("initiator_sends", sends[0]), ("responder_sends", sends[1])]


def cookie_vector(label, source):
    responder = public(clamped(made(f"{label} responder")))
    secret, nonce = made(f"{label} secret"), made(f"{label} nonce", 24)
    message = made(f"{label} message", 116)
    mac1 = mac(blake2s(b"mac1----", responder), message)
    cookie = siphash(secret[:16], source) + siphash(secret[16:], source)
    reply = struct.pack("<II", 3, 0x11223344) + nonce
    reply += xaead_seal(blake2s(b"cookie--", responder), nonce, cookie, mac1)
    mac2 = mac(cookie, message + mac1)
    return [("responder_public", responder), ("secret", secret), ("source", source.ljust(18, b"\0")),
            ("message", message + mac1 + mac2), ("cookie", cookie), ("reply", reply)], len(source)


def low_order_points():
    points = [0, 1, P - 1, P, P + 1,
              0x00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0,
              0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5f]
    encoded = [p.to_bytes(32, "little") for p in points]
    # The top bit is ignored, so each has a twin.
    encoded += [e[:31] + bytes([e[31] | 0x80]) for e in encoded]
    for e in encoded:
        assert x25519(made("any scalar"), e) == bytes(32)
    return encoded


def structure(name, fields, extra=""):
    rows = "".join(f"\tu8 {field}[{len(data)}];\n" for field, data in fields)
    return f"struct {name} {{\n{rows}{extra}}};\n"


def values(fields, extra=""):
    return "\t{\n" + "".join(f"\t\t.{f} = {literal(d, 2)},\n" for f, d in fields) + extra + "\t},\n"


def header():
    out = ["/* SPDX-License-Identifier: GPL-2.0 */\n"
           "/* Made by noise_vectors.py, which says how. Not to be edited: each suite uses a part of it. */\n"
           "#ifndef WG_TESTS_NOISE_VECTORS_H\n#define WG_TESTS_NOISE_VECTORS_H\n\n"
           "#include <linux/compiler.h>\n#include <linux/types.h>\n\n/* clang-format off */\n\n"]

    out.append("struct kdf_vector {\n\tu8 chaining_key[32];\n\tu8 input[200];\n\tu32 input_len;\n"
               "\tu8 output[3][32];\n};\n\nstatic const struct kdf_vector kdf_vectors[] __maybe_unused = {\n")
    for size in (0, 1, 31, 32, 33, 63, 64, 65, 128, 200):
        salt, text = made(f"kdf salt {size}"), made(f"kdf input {size}", size)
        outputs = ",\n".join("\t\t\t" + literal(o, 3) for o in hkdf(salt, text, 3))
        out.append(f"\t{{\n\t\t.chaining_key = {literal(salt, 2)},\n"
                   + (f"\t\t.input = {literal(text, 2)},\n" if size else "")
                   + f"\t\t.input_len = {size},\n\t\t.output = {{\n{outputs},\n\t\t}},\n\t}},\n")
    out.append("};\n\n")

    out.append("/* hash: of the first @split bytes and the rest; mac: of all, with key[0..key_len) */\n"
               "struct hash_vector {\n\tu8 input[148];\n\tu32 len;\n\tu32 split;\n\tu8 key[32];\n"
               "\tu32 key_len;\n\tu8 hash[32];\n\tu8 mac[16];\n};\n\n"
               "static const struct hash_vector hash_vectors[] __maybe_unused = {\n")
    for size, split, key_len in ((1, 0, 16), (32, 32, 32), (40, 8, 32), (64, 32, 16), (65, 64, 32),
                                 (116, 52, 32), (132, 132, 16), (148, 1, 1)):
        text, key = made(f"hash input {size}", size), made(f"mac key {size}", key_len)
        out.append(values([("input", text), ("key", key), ("hash", blake2s(text)), ("mac", mac(key, text))],
                          f"\t\t.len = {size},\n\t\t.split = {split},\n\t\t.key_len = {key_len},\n"))
    out.append("};\n\n")

    handshakes = [handshake_vector("plain", bytes(32)), handshake_vector("psk", made("the psk"))]
    out.append(structure("handshake_vector", handshakes[0]))
    out.append("\nstatic const struct handshake_vector handshake_vectors[] __maybe_unused = {\n")
    out.extend(values(v) for v in handshakes)
    out.append("};\n\n")

    cookies = [cookie_vector("ipv4", bytes([192, 0, 2, 1]) + struct.pack(">H", 51820)),
               cookie_vector("ipv6", bytes.fromhex("20010db8000000000000000000000001")
                             + struct.pack(">H", 51821))]
    out.append(structure("cookie_vector", cookies[0][0], "\tu8 source_len;\n"))
    out.append("\nstatic const struct cookie_vector cookie_vectors[] __maybe_unused = {\n")
    out.extend(values(v, f"\t\t.source_len = {size},\n") for v, size in cookies)
    out.append("};\n\n")

    out.append("static const u8 low_order_points[][32] __maybe_unused = {\n")
    out.extend("\t" + literal(p, 1) + ",\n" for p in low_order_points())
    out.append("};\n\n#endif\n")
    return "".join(out)


def main(arguments):
    prove_primitives()
    prove_handshake(os.path.join(os.path.dirname(os.path.abspath(__file__)), CACOPHONY))
    if not arguments:
        sys.stdout.write(header())
        return 0
    if len(arguments) != 2 or arguments[0] != "--check":
        sys.exit(__doc__)
    with open(arguments[1], encoding="ascii") as kept:
        same = kept.read() == header()
    print("the vectors are what the model makes" if same else "the vectors differ from the model's")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
