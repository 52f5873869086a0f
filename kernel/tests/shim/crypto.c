// SPDX-License-Identifier: GPL-2.0
#include <sodium.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include "crypto.h"

unsigned long crypto_memneq(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) != 0;
}

bool curve25519(u8 out[32], const u8 secret[32], const u8 basepoint[32])
{
	if (!crypto_scalarmult_curve25519(out, secret, basepoint))
		return true;
	memset(out, 0, 32);
	return false;
}

bool curve25519_generate_public(u8 pub[32], const u8 secret[32])
{
	return !crypto_scalarmult_curve25519_base(pub, secret) && !sodium_is_zero(secret, 32);
}

void curve25519_clamp_secret(u8 secret[32])
{
	secret[0] &= 248;
	secret[31] = (secret[31] & 127) | 64;
}

void curve25519_generate_secret(u8 secret[32])
{
	get_random_bytes(secret, 32);
	curve25519_clamp_secret(secret);
}

static void nonce_of(u8 out[12], u64 nonce)
{
	memset(out, 0, 4);
	put_unaligned_le64(nonce, out + 4);
}

void chacha20poly1305_encrypt(u8 *dst, const u8 *src, const size_t src_len, const u8 *ad,
			      const size_t ad_len, const u64 nonce, const u8 key[32])
{
	u8 npub[12];

	nonce_of(npub, nonce);
	crypto_aead_chacha20poly1305_ietf_encrypt(dst, NULL, src, src_len, ad, ad_len, NULL, npub,
						  key);
}

bool chacha20poly1305_decrypt(u8 *dst, const u8 *src, const size_t src_len, const u8 *ad,
			      const size_t ad_len, const u64 nonce, const u8 key[32])
{
	u8 npub[12];

	nonce_of(npub, nonce);
	return !crypto_aead_chacha20poly1305_ietf_decrypt(dst, NULL, NULL, src, src_len, ad, ad_len,
							  npub, key);
}

void xchacha20poly1305_encrypt(u8 *dst, const u8 *src, const size_t src_len, const u8 *ad,
			       const size_t ad_len, const u8 nonce[24], const u8 key[32])
{
	crypto_aead_xchacha20poly1305_ietf_encrypt(dst, NULL, src, src_len, ad, ad_len, NULL, nonce,
						   key);
}

bool xchacha20poly1305_decrypt(u8 *dst, const u8 *src, const size_t src_len, const u8 *ad,
			       const size_t ad_len, const u8 nonce[24], const u8 key[32])
{
	return !crypto_aead_xchacha20poly1305_ietf_decrypt(dst, NULL, NULL, src, src_len, ad,
							   ad_len, nonce, key);
}

/* The state is the cipher's own: constants, key, the count of blocks, the nonce. */
void chacha_init(u32 *state, const u32 *key, const u8 *iv)
{
	memcpy(state, "expand 32-byte k", 16);
	memcpy(state + 4, key, 32);
	memcpy(state + 12, iv, 16);
}

void chacha20_crypt(u32 *state, u8 *dst, const u8 *src, unsigned int bytes)
{
	u64 blocks = state[12] | (u64)state[13] << 32;

	crypto_stream_chacha20_xor_ic(dst, src, bytes, (u8 *)(state + 14), blocks,
				      (u8 *)(state + 4));
	state[12] += (bytes + CHACHA_BLOCK_SIZE - 1) / CHACHA_BLOCK_SIZE;
}

void hchacha_block(const u32 *state, u32 *out, int nrounds)
{
	WARN_ON(nrounds != 20);
	crypto_core_hchacha20((u8 *)out, (const u8 *)(state + 12), (const u8 *)(state + 4), NULL);
}

static crypto_onetimeauth_state *onetimeauth(struct poly1305_desc_ctx *desc)
{
	static_assert(sizeof(crypto_onetimeauth_state) <= sizeof(desc->opaque));
	return (crypto_onetimeauth_state *)desc->opaque;
}

void poly1305_init(struct poly1305_desc_ctx *desc, const u8 *key)
{
	crypto_onetimeauth_init(onetimeauth(desc), key);
}

void poly1305_update(struct poly1305_desc_ctx *desc, const u8 *src, unsigned int nbytes)
{
	crypto_onetimeauth_update(onetimeauth(desc), src, nbytes);
}

void poly1305_final(struct poly1305_desc_ctx *desc, u8 *digest)
{
	crypto_onetimeauth_final(onetimeauth(desc), digest);
}

void blake2s_init(struct blake2s_state *state, const size_t outlen)
{
	blake2s_init_key(state, outlen, NULL, 0);
}

void blake2s_init_key(struct blake2s_state *state, const size_t outlen, const void *key,
		      const size_t keylen)
{
	BUG_ON(outlen < 1 || outlen > BLAKE2S_HASH_SIZE || keylen > BLAKE2S_KEY_SIZE);
	memset(state, 0, offsetof(struct blake2s_state, input));
	state->outlen = outlen;
	state->keylen = keylen;
	if (keylen)
		memcpy(state->key, key, keylen);
}

void blake2s_update(struct blake2s_state *state, const u8 *in, size_t inlen)
{
	BUG_ON(inlen > sizeof(state->input) - state->len);
	if (inlen)
		memcpy(state->input + state->len, in, inlen);
	state->len += inlen;
}

static void keyed(struct blake2s_state *state, u8 *out)
{
	static EVP_MAC *mac; /* fetched once; a race here only fetches it twice */
	size_t written = 0, outlen = state->outlen;
	OSSL_PARAM wanted[] = { OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &outlen),
				OSSL_PARAM_construct_end() };
	EVP_MAC_CTX *context;

	if (!mac)
		mac = EVP_MAC_fetch(NULL, "BLAKE2SMAC", NULL);
	context = EVP_MAC_CTX_new(mac);
	BUG_ON(!context || !EVP_MAC_init(context, state->key, state->keylen, wanted) ||
	       !EVP_MAC_update(context, state->input, state->len) ||
	       !EVP_MAC_final(context, out, &written, outlen) || written != outlen);
	EVP_MAC_CTX_free(context);
}

void blake2s_final(struct blake2s_state *state, u8 *out)
{
	if (state->keylen) {
		keyed(state, out);
	} else {
		/* OpenSSL's plain BLAKE2s has one output size, which is the only one we hash to. */
		BUG_ON(state->outlen != BLAKE2S_HASH_SIZE ||
		       !EVP_Digest(state->input, state->len, out, NULL, EVP_blake2s256(), NULL));
	}
	explicit_bzero(state, sizeof(*state));
}

void blake2s(u8 *out, const u8 *in, const u8 *key, const size_t outlen, const size_t inlen,
	     const size_t keylen)
{
	struct blake2s_state state;

	blake2s_init_key(&state, outlen, key, keylen);
	blake2s_update(&state, in, inlen);
	blake2s_final(&state, out);
}

u64 siphash(const void *data, size_t len, const siphash_key_t *key)
{
	u64 out;

	static_assert(crypto_shorthash_siphash24_BYTES == sizeof(out));
	crypto_shorthash_siphash24((u8 *)&out, data, len, (const u8 *)key);
	return out;
}
