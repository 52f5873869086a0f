// SPDX-License-Identifier: GPL-2.0
/*
 * Tells a fuzzer which blocks of another module ran, and how often: that module is compiled with
 * -fsanitize-coverage=trace-pc and finds here what the compiler made it call. The counters are a
 * page of /dev/wg_coverage to be mapped. KCOV without a kernel that has it, for one module, in
 * whatever context its code runs.
 */
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

/* Calls of the function below are more than four bytes apart: 256 KiB of code share no counter. */
#define PLACES 65536
#define SHIFT  2

static u8 *counters;

void notrace __sanitizer_cov_trace_pc(void)
{
	u8 *counter = &counters[_RET_IP_ >> SHIFT & (PLACES - 1)];

	if (*counter != U8_MAX)
		++*counter;
}
EXPORT_SYMBOL_GPL(__sanitizer_cov_trace_pc);

static int coverage_mmap(struct file *file, struct vm_area_struct *area)
{
	return remap_vmalloc_range(area, counters, 0);
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.mmap = coverage_mmap,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "wg_coverage",
	.fops = &operations,
};

static int __init coverage_init(void)
{
	int err;

	counters = vmalloc_user(PLACES);
	if (!counters)
		return -ENOMEM;
	err = misc_register(&device);
	if (err)
		vfree(counters);
	return err;
}

static void __exit coverage_exit(void)
{
	misc_deregister(&device);
	vfree(counters);
}

module_init(coverage_init);
module_exit(coverage_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Counts which blocks of an instrumented module ran");
