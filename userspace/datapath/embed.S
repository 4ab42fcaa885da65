/* SPDX-License-Identifier: GPL-2.0-only */
/* The compiled BPF object as bytes in the binary: sw_bpf_object .. sw_bpf_object_end. */
	.section .rodata
	.balign 16
	.global sw_bpf_object
sw_bpf_object:
	.incbin SW_BPF_OBJECT
	.global sw_bpf_object_end
sw_bpf_object_end:
	.byte 0
	.section .note.GNU-stack,"",%progbits
