/* SPDX-License-Identifier: GPL-2.0-only */
/* The compiled BPF objects as bytes in the binary: sw_card_object .. sw_card_object_end, and
 * the same of uncut and steer. */
	.section .rodata
	.balign 16
	.global sw_card_object
sw_card_object:
	.incbin SW_CARD_OBJECT
	.global sw_card_object_end
sw_card_object_end:
	.byte 0
	.balign 16
	.global sw_uncut_object
sw_uncut_object:
	.incbin SW_UNCUT_OBJECT
	.global sw_uncut_object_end
sw_uncut_object_end:
	.byte 0
	.balign 16
	.global sw_steer_object
sw_steer_object:
	.incbin SW_STEER_OBJECT
	.global sw_steer_object_end
sw_steer_object_end:
	.byte 0
	.section .note.GNU-stack,"",%progbits
