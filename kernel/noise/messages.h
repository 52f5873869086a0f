/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What travels in a UDP payload: four message types, each with one fixed-size header. Every limit
 * of the protocol that is a size lives here, every limit that is a duration in limits.h.
 */
#ifndef WG_NOISE_MESSAGES_H
#define WG_NOISE_MESSAGES_H

enum noise_size {
	NOISE_KEY_SIZE = 32,
	NOISE_HASH_SIZE = 32,
	NOISE_TAG_SIZE = 16,
	NOISE_TIMESTAMP_SIZE = 12, /* TAI64N */
	COOKIE_SIZE = 16,
	COOKIE_NONCE_SIZE = 24,
	MAC_SIZE = 16,
};

enum message_type {
	MESSAGE_INITIATION = 1,
	MESSAGE_RESPONSE = 2,
	MESSAGE_COOKIE = 3,
	MESSAGE_DATA = 4,
};

/* The first byte names the type, the three reserved ones after it are zero: one __le32. */
struct message_initiation {
	__le32 type;
	__le32 sender;
	u8 ephemeral[NOISE_KEY_SIZE];
	u8 sealed_static[NOISE_KEY_SIZE + NOISE_TAG_SIZE];
	u8 sealed_timestamp[NOISE_TIMESTAMP_SIZE + NOISE_TAG_SIZE];
	u8 mac1[MAC_SIZE];
	u8 mac2[MAC_SIZE];
};

struct message_response {
	__le32 type;
	__le32 sender;
	__le32 receiver;
	u8 ephemeral[NOISE_KEY_SIZE];
	u8 sealed_empty[NOISE_TAG_SIZE];
	u8 mac1[MAC_SIZE];
	u8 mac2[MAC_SIZE];
};

struct message_cookie {
	__le32 type;
	__le32 receiver;
	u8 nonce[COOKIE_NONCE_SIZE];
	u8 sealed_cookie[COOKIE_SIZE + NOISE_TAG_SIZE];
};

/* Packed, as the stack aligns what follows an IP header to 4 bytes, and a counter would want 8. */
struct message_data {
	__le32 type;
	__le32 receiver;
	__le64 counter;
	u8 sealed[]; /* padded inner packet, then the tag */
} __packed __aligned(4);

enum message_size {
	MESSAGE_INITIATION_SIZE = sizeof(struct message_initiation),
	MESSAGE_RESPONSE_SIZE = sizeof(struct message_response),
	MESSAGE_COOKIE_SIZE = sizeof(struct message_cookie),
	MESSAGE_DATA_OVERHEAD = sizeof(struct message_data) + NOISE_TAG_SIZE,
	MESSAGE_PADDING = 16,
};

#endif
