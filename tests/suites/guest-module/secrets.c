// SPDX-License-Identifier: GPL-2.0
/*
 * Tells a test which secrets the module holds, so that it can look for them in the guest's memory.
 * They are printed with each byte masked, and never stored unmasked: this module must not be where
 * they are found.
 *
 * Writing to the file: "record" notes from then on every private key and every shared secret of
 * the curve's arithmetic, wherever it lives; "psk" gives all peers one pre-shared key that was
 * never in user space.
 */
#include "wg_state.h"

#include <linux/kprobes.h>
#include <linux/proc_fs.h>
#include <linux/random.h>
#include <linux/uaccess.h>
#include "peers/device.h"
#include "peers/peer.h"

enum {
	MASK = 0x5a,
	RECORDED_MAX = 128,
};

static u8 recorded[RECORDED_MAX][NOISE_KEY_SIZE]; /* masked; recorded_lock */
static unsigned int recorded_count;		  /* recorded_lock */
static DEFINE_SPINLOCK(recorded_lock);
static bool recording; /* rtnl, as all writes */

/* Nothing here may be on a stack in the clear: byte by byte. */
static bool is_recorded(const u8 *masked, const u8 *secret)
{
	unsigned int i;

	for (i = 0; i < NOISE_KEY_SIZE; i++) {
		if ((masked[i] ^ MASK) != secret[i])
			return false;
	}
	return true;
}

static void record(const u8 *secret)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&recorded_lock, flags);
	for (i = 0; i < recorded_count; i++) {
		if (is_recorded(recorded[i], secret))
			goto unlock;
	}
	if (recorded_count == RECORDED_MAX)
		goto unlock;
	for (i = 0; i < NOISE_KEY_SIZE; i++)
		recorded[recorded_count][i] = secret[i] ^ MASK;
	recorded_count++;
unlock:
	spin_unlock_irqrestore(&recorded_lock, flags);
}

/* curve25519(shared, private, point), curve25519_generate_public(public, private) */
static int note_private(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	*(u8 **)instance->data = (u8 *)regs_get_kernel_argument(regs, 0);
	record((const u8 *)regs_get_kernel_argument(regs, 1));
	return 0;
}

static int note_shared(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	record(*(const u8 **)instance->data);
	return 0;
}

static struct kretprobe agreement = {
	.entry_handler = note_private,
	.handler = note_shared,
	.data_size = sizeof(u8 *),
	.maxactive = 64,
};

static struct kretprobe generation = {
	.entry_handler = note_private,
	.data_size = sizeof(u8 *),
	.maxactive = 64,
};

/* In 6.1 and 6.12 the first are inline, and the second, the processor's own, do the work. */
static int register_either(struct kretprobe *probe, const char *name, const char *older)
{
	probe->kp.symbol_name = name;
	if (!register_kretprobe(probe))
		return 0;
	probe->kp.symbol_name = older;
	probe->kp.addr = NULL;
	return register_kretprobe(probe);
}

static int start_recording(void)
{
	int err;

	if (recording)
		return 0;
	err = register_either(&agreement, "curve25519", "curve25519_arch");
	if (err)
		return err;
	err = register_either(&generation, "curve25519_generate_public", "curve25519_base_arch");
	if (err)
		unregister_kretprobe(&agreement);
	recording = !err;
	return err;
}

static void show_secret(struct seq_file *out, const char *where, const char *name, const u8 *secret)
{
	unsigned int i;

	if (!memchr_inv(secret, 0, NOISE_KEY_SIZE))
		return;
	seq_printf(out, "%s%s ", where, name);
	for (i = 0; i < NOISE_KEY_SIZE; i++)
		seq_printf(out, "%02x", secret[i] ^ MASK);
	seq_putc(out, '\n');
}

static void show_peer(struct seq_file *out, const char *device, struct wg_peer *peer)
{
	char where[48];
	unsigned int i;

	mutex_lock(&peer->handshake_lock);
	snprintf(where, sizeof(where), "%speer%u.", device, peer->id);
	show_secret(out, where, "preshared_key", peer->handshake.preshared_key);
	show_secret(out, where, "static_static", peer->handshake.static_static);
	show_secret(out, where, "ephemeral_private", peer->handshake.ephemeral_private);
	for (i = 0; i < WG_SLOTS; i++) {
		snprintf(where, sizeof(where), "%speer%u.slot%u.", device, peer->id, i);
		show_secret(out, where, "send_key", peer->slots[i].session.send_key);
		show_secret(out, where, "receive_key", peer->slots[i].session.receive_key);
	}
	mutex_unlock(&peer->handshake_lock);
}

static void show_device(struct wg_device *wg, void *context)
{
	struct seq_file *out = context;
	struct wg_peer *peer;
	unsigned long id;
	char where[32];

	snprintf(where, sizeof(where), "%s@%u.", wg->dev->name, dev_net(wg->dev)->ns.inum);
	show_secret(out, where, "private_key", wg->identity.private_key);
	xa_for_each(&wg->peers, id, peer)
		show_peer(out, where, peer);
}

static int show_secrets(struct seq_file *out, void *unused)
{
	unsigned int i, k;

	for_each_device(show_device, out);
	for (i = 0; i < READ_ONCE(recorded_count); i++) {
		seq_printf(out, "curve%u ", i);
		for (k = 0; k < NOISE_KEY_SIZE; k++)
			seq_printf(out, "%02x", recorded[i][k]);
		seq_putc(out, '\n');
	}
	return 0;
}

static void set_psk(struct wg_device *wg, void *context)
{
	u8 **first = context;
	struct wg_peer *peer;
	unsigned long id;

	xa_for_each(&wg->peers, id, peer) {
		u8 *psk = peer->handshake.preshared_key;

		mutex_lock(&peer->handshake_lock);
		if (*first) {
			memcpy(psk, *first, NOISE_KEY_SIZE);
		} else {
			get_random_bytes(psk, NOISE_KEY_SIZE);
			*first = psk;
		}
		mutex_unlock(&peer->handshake_lock);
	}
}

static ssize_t write_secrets(struct file *file, const char __user *buffer, size_t len, loff_t *at)
{
	char command[16] = {};
	u8 *first = NULL;
	int err = 0;

	if (len >= sizeof(command) || copy_from_user(command, buffer, len))
		return -EINVAL;
	if (sysfs_streq(command, "record"))
		err = start_recording();
	else if (sysfs_streq(command, "psk"))
		for_each_device(set_psk, &first);
	else
		err = -EINVAL;
	return err ?: len;
}

static int open_secrets(struct inode *inode, struct file *file)
{
	return single_open(file, show_secrets, NULL);
}

static const struct proc_ops secrets_ops = {
	.proc_open = open_secrets,
	.proc_read = seq_read,
	.proc_write = write_secrets,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

int secrets_init(void)
{
	return proc_create("wg_secrets", 0600, NULL, &secrets_ops) ? 0 : -ENOMEM;
}

void secrets_uninit(void)
{
	remove_proc_entry("wg_secrets", NULL);
	if (!recording)
		return;
	unregister_kretprobe(&generation);
	unregister_kretprobe(&agreement);
}
