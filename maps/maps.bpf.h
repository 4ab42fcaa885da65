/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * maps.bpf - the maps of the data plane; README.md says for each who writes it,
 * who reads it and how long it lives. Sizes marked so are set by userspace
 * before the load.
 */
#ifndef SYNWARD_MAPS_MAPS_BPF_H
#define SYNWARD_MAPS_MAPS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sw_settings);
} sw_settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SW_CLASS_MAX);
	__type(key, __u32);
	__type(value, struct sw_class);
} sw_classes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SW_INDEX4_LINES);
	__type(key, __u32);
	__type(value, struct sw_index4_line);
} sw_index4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SW_CLASS_MAX); /* set before the load */
	__type(key, __u32);
	__type(value, union sw_block4);
} sw_blocks4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SW_INDEX6_LINES);
	__type(key, __u32);
	__type(value, struct sw_index6_line);
} sw_index6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set before the load */
	__type(key, __u32);
	__type(value, union sw_block6);
} sw_blocks6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2); /* set before the load */
	__type(key, __u32);
	__type(value, struct sw_expiry_bucket);
} sw_expiry SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* set before the load */
	__type(key, __u32);
	__type(value, struct sw_bucket_line);
} sw_limits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, SW_CONTACTS_BYTES);
} sw_contacts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* set before the load */
	__type(key, __u32);
	__type(value, struct sw_seen_line);
} sw_seen SEC(".maps");

/* Userspace writes a descriptor and reads the socket's cookie. */
struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, SW_DESK_SOCKETS);
	__type(key, __u32);
	__type(value, __u64);
} sw_desk SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SW_CLASS_MAX);
	__type(key, __u32);
	__type(value, struct sw_class_count);
} sw_class_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SW_REASON_MAX);
	__type(key, __u32);
	__type(value, __u64);
} sw_reasons SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sw_trace);
} sw_trace SEC(".maps");

#endif
