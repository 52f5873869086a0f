/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's lib/crypto calls in the argument order of Linux 6.1, backed by libsodium and OpenSSL:
 * in user space the deciders are judged against implementations that are not the kernel's.
 */
#ifndef WG_SHIM_CRYPTO_H
#define WG_SHIM_CRYPTO_H

#include "kernel.h"

enum {
	CURVE25519_KEY_SIZE = 32,
	CHACHA20POLY1305_KEY_SIZE = 32,
	CHACHA20POLY1305_AUTHTAG_SIZE = 16,
	XCHACHA20POLY1305_NONCE_SIZE = 24,
	BLAKE2S_BLOCK_SIZE = 64,
	BLAKE2S_HASH_SIZE = 32,
	BLAKE2S_KEY_SIZE = 32,
	BLAKE2S_128_HASH_SIZE = 16,
	BLAKE2S_256_HASH_SIZE = 32,
};

/* False when the result is all zero: the other key was a point of low order. */
bool __must_check curve25519(u8 out[32], const u8 secret[32], const u8 basepoint[32]);
bool __must_check curve25519_generate_public(u8 pub[32], const u8 secret[32]);
void curve25519_clamp_secret(u8 secret[32]);
void curve25519_generate_secret(u8 secret[32]);

void chacha20poly1305_encrypt(u8 *dst, const u8 *src, const size_t src_len, const u8 *ad,
			      const size_t ad_len, const u64 nonce, const u8 key[32]);
bool __must_check chacha20poly1305_decrypt(u8 *dst, const u8 *src, const size_t src_len,
					   const u8 *ad, const size_t ad_len, const u64 nonce,
					   const u8 key[32]);
void xchacha20poly1305_encrypt(u8 *dst, const u8 *src, const size_t src_len, const u8 *ad,
			       const size_t ad_len, const u8 nonce[24], const u8 key[32]);
bool __must_check xchacha20poly1305_decrypt(u8 *dst, const u8 *src, const size_t src_len,
					    const u8 *ad, const size_t ad_len, const u8 nonce[24],
					    const u8 key[32]);

enum {
	CHACHA_BLOCK_SIZE = 64,
	CHACHA_STATE_WORDS = 16,
	POLY1305_BLOCK_SIZE = 16,
};

void chacha_init(u32 *state, const u32 *key, const u8 *iv);
void chacha20_crypt(u32 *state, u8 *dst, const u8 *src, unsigned int bytes);
void hchacha_block(const u32 *state, u32 *out, int nrounds);

struct poly1305_desc_ctx {
	u8 opaque[256] __attribute__((aligned(16)));
};
void poly1305_init(struct poly1305_desc_ctx *desc, const u8 *key);
void poly1305_update(struct poly1305_desc_ctx *desc, const u8 *src, unsigned int nbytes);
void poly1305_final(struct poly1305_desc_ctx *desc, u8 *digest);

/* The input is kept until _final, so that a state can be copied and wiped as the kernel's can. */
struct blake2s_state {
	size_t len;
	unsigned int keylen, outlen;
	u8 key[BLAKE2S_KEY_SIZE];
	u8 input[4096];
};
void blake2s_init(struct blake2s_state *state, const size_t outlen);
void blake2s_init_key(struct blake2s_state *state, const size_t outlen, const void *key,
		      const size_t keylen);
void blake2s_update(struct blake2s_state *state, const u8 *in, size_t inlen);
void blake2s_final(struct blake2s_state *state, u8 *out);
void blake2s(u8 *out, const u8 *in, const u8 *key, const size_t outlen, const size_t inlen,
	     const size_t keylen);

#endif
