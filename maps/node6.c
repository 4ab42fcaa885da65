/* SPDX-License-Identifier: GPL-2.0-only */
/* node6 - see node6.h. */
#include "node6.h"

#include <string.h>

#define ROOM 2 /* units of 8 bytes that the tails of a line may grow by */

/* ---- items ---- */

static uint32_t find_point(const struct sw_items6 *items, uint32_t value)
{
	uint32_t low = 0, high = items->points;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (items->point[mid].value < value)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void sw_items6_set_point(struct sw_items6 *items, const struct sw_point6 *p)
{
	uint32_t i = find_point(items, p->value);

	if (i == items->points || items->point[i].value != p->value) {
		memmove(&items->point[i + 1], &items->point[i],
			(items->points - i) * sizeof(*items->point));
		items->points++;
	}
	items->point[i] = *p;
}

void sw_items6_set_range(struct sw_items6 *items, uint32_t from, uint32_t to, uint32_t end,
			 uint8_t class)
{
	struct sw_step6 new[2] = { { from, class } };
	uint32_t a = 0, b, n = 1, p = find_point(items, from), q = find_point(items, to);

	while (a < items->steps && items->step[a].first < from)
		a++;
	for (b = a; b < items->steps && items->step[b].first <= to; b++)
		;
	if (b) /* what goes on behind the range */
		new[1] = (struct sw_step6){ to, items->step[b - 1].class };
	if (to < end && new[1].class != class)
		n = 2;
	if (a && items->step[a - 1].class == class) { /* it goes on from before */
		new[0] = new[1];
		n--;
	}
	memmove(&items->step[a + n], &items->step[b], (items->steps - b) * sizeof(*new));
	memcpy(&items->step[a], new, n * sizeof(*new));
	items->steps = items->steps - (b - a) + n;
	memmove(&items->point[p], &items->point[q], (items->points - q) * sizeof(*items->point));
	items->points -= q - p;
}

/* ---- parts ---- */

struct sw_part6 sw_part6_whole(const struct sw_items6 *items, unsigned width)
{
	return (struct sw_part6){
		.items = items, .width = width, .steps = items->steps, .points = items->points
	};
}

struct sw_part6 sw_part6_sixteenth(const struct sw_part6 *part, const struct sw_part6 *before)
{
	const struct sw_items6 *items = part->items;
	struct sw_part6 p = { .items = items, .width = part->width - 4, .first = part->first };
	uint32_t end, step_end = part->step + part->steps, point_end = part->point + part->points;

	p.step = part->step;
	p.point = part->point;
	if (before) {
		p.first = before->first + (1u << p.width);
		p.step = before->step + before->steps - 1;
		p.point = before->point + before->points;
		if (p.step + 1 < step_end && items->step[p.step + 1].first == p.first)
			p.step++;
	}
	end = p.first + (1u << p.width);
	p.steps = 1;
	while (p.step + p.steps < step_end && items->step[p.step + p.steps].first < end)
		p.steps++;
	while (p.point + p.points < point_end && items->point[p.point + p.points].value < end)
		p.points++;
	return p;
}

/* ---- lines ---- */

struct sw_line6_shape sw_line6_shape(const union sw_block6 *line)
{
	uint64_t word = line->word[7];
	bool stepped = word & SW_LINE6_STEPPED;
	unsigned words = stepped ? SW_STEPPED6_WORDS : SW_PLAIN6_WORDS;

	return (struct sw_line6_shape){
		.stepped = stepped,
		.words = words,
		.lanes = 4 * words,
		.longs = word >> SW_LINE6_LONGS_SHIFT & 31,
		.shorts = word >> SW_LINE6_SHORTS_SHIFT & 31,
		.meet = (word >> SW_LINE6_TAILS_SHIFT & 0x7ff) * 2,
	};
}

uint64_t sw_line6_flags(const struct sw_line6_shape *s)
{
	return (uint64_t)(s->meet / 2) << SW_LINE6_TAILS_SHIFT |
	       (uint64_t)s->longs << SW_LINE6_LONGS_SHIFT |
	       (uint64_t)s->shorts << SW_LINE6_SHORTS_SHIFT | (s->stepped ? SW_LINE6_STEPPED : 0);
}

static unsigned steps_max(bool stepped)
{
	return stepped ? SW_STEPPED6_STEPS : SW_PLAIN6_STEPS;
}

static __u64 *steps_of(union sw_block6 *line, bool stepped)
{
	return &line->word[stepped ? SW_STEPPED6_WORDS : SW_PLAIN6_WORDS];
}

static unsigned classes_at(bool stepped)
{
	return stepped ? SW_STEPPED6_CLASSES : SW_PLAIN6_CLASSES;
}

static uint32_t get_step(const union sw_block6 *line, bool stepped, unsigned k)
{
	unsigned first = stepped ? SW_STEPPED6_WORDS : SW_PLAIN6_WORDS;

	return line->word[first + k / 3] >> k % 3 * 21 & 0x1fffff;
}

uint8_t sw_line6_class(const union sw_block6 *line, uint32_t value)
{
	bool stepped = line->word[7] & SW_LINE6_STEPPED;
	unsigned k = 0;

	while (k < steps_max(stepped) && get_step(line, stepped, k) <= value)
		k++;
	return line->byte[classes_at(stepped) + k];
}

/* ---- tails ---- */

void sw_tail6_write(__u64 *tail, const struct sw_point6 *p)
{
	uint64_t len = p->len;

	tail[0] = p->hi;
	if (sw_slot6_kind(p->slot))
		tail[1] = p->lo | len << SW_TAIL6_NODE_LEN_SHIFT | p->slot;
	else if (sw_point6_is_long(p))
		tail[1] = p->lo | len << SW_TAIL6_LEN_SHIFT | p->slot;
	else
		tail[0] |= len << SW_TAIL6_LEN_SHIFT | p->slot;
}

/* The first @len bits of a word; none for 0, all for 64 and more. */
static uint64_t first_bits(uint64_t word, unsigned len)
{
	return len >= 64 ? word : len ? word >> (64 - len) << (64 - len) : 0;
}

struct sw_point6 sw_tail6_read(const __u64 *tail, bool is_long)
{
	uint64_t whole = tail[is_long];
	struct sw_point6 p = { .slot = (uint32_t)whole };

	if (is_long && sw_slot6_kind(p.slot)) {
		p.len = whole >> SW_TAIL6_NODE_LEN_SHIFT & 127;
	} else {
		p.slot &= SW_TAIL6_SLOT;
		p.len = whole >> SW_TAIL6_LEN_SHIFT & (is_long ? 127 : 63);
	}
	p.hi = first_bits(tail[0], p.len);
	p.lo = p.len > 64 ? first_bits(whole, p.len - 64) : 0;
	return p;
}

/* ---- planning ---- */

static bool fits_line(uint32_t steps, uint32_t points)
{
	return (steps <= SW_PLAIN6_STEPS && points <= 4 * SW_PLAIN6_WORDS) ||
	       (steps <= SW_STEPPED6_STEPS && points <= 4 * SW_STEPPED6_WORDS);
}

/* Cut into @lines; false: a line would have too much. */
static bool cut(const struct sw_part6 *part, unsigned lines, struct sw_plan6 *plan)
{
	const struct sw_step6 *step = part->items->step;
	const struct sw_point6 *point = part->items->point;
	uint32_t s = part->step, p = part->point;
	uint32_t s_end = s + part->steps, p_end = p + part->points;

	for (unsigned k = 0; k < lines; k++) {
		uint32_t first = part->first + sw_line6_first(part->width, lines, k);
		uint32_t end = part->first + sw_line6_first(part->width, lines, k + 1);

		if (s + 1 < s_end && step[s + 1].first == first)
			s++;
		plan->line[k].step = s;
		plan->line[k].point = p;
		while (s + 1 < s_end && step[s + 1].first < end)
			s++;
		while (p < p_end && point[p].value < end)
			p++;
		plan->line[k].steps = s - plan->line[k].step + 1;
		plan->line[k].points = p - plan->line[k].point;
		if (!fits_line(plan->line[k].steps - 1, plan->line[k].points))
			return false;
	}
	plan->lines = lines;
	return true;
}

static uint32_t count_longs(const struct sw_point6 *point, uint32_t n)
{
	uint32_t longs = 0;

	for (uint32_t i = 0; i < n; i++)
		longs += sw_point6_is_long(&point[i]);
	return longs;
}

/* Where the tails of the line after one end whose tails meet at @meet. */
static unsigned tails_end(unsigned meet, uint32_t shorts)
{
	return (meet + shorts + ROOM + 1) & ~1u;
}

/* False: they would be out of reach. */
static bool place_tails(const struct sw_part6 *part, struct sw_plan6 *plan)
{
	unsigned at = plan->lines * 8;

	for (unsigned k = 0; k < plan->lines && part->points; k++) {
		uint32_t longs =
			count_longs(&part->items->point[plan->line[k].point], plan->line[k].points);

		plan->line[k].longs = longs;
		at = tails_end(at + 2 * longs, plan->line[k].points - longs);
	}
	plan->blocks = (at + 7) / 8;
	return plan->blocks < SW_RUN6_BLOCKS;
}

/* A part of few things that is crowded all the same is better split. */
static unsigned lines_max(const struct sw_part6 *part)
{
	uint32_t max = 4 + part->points / 4 + part->steps / 2;

	if (part->width == 4)
		return 16;
	return max < SW_RUN6_LINES ? max : SW_RUN6_LINES;
}

bool sw_node6_plan(const struct sw_part6 *part, struct sw_plan6 *plan)
{
	uint32_t least = part->points / (4 * SW_PLAIN6_WORDS) + 1, max = lines_max(part);

	if (least < part->steps / (SW_STEPPED6_STEPS + 1))
		least = part->steps / (SW_STEPPED6_STEPS + 1);
	plan->width = part->width;
	for (unsigned lines = least; lines <= max; lines++) {
		if (cut(part, lines, plan))
			return place_tails(part, plan);
	}
	return false;
}

/* ---- encoding ---- */

static void set_lane(union sw_block6 *line, unsigned words, unsigned lane, uint64_t value)
{
	__u64 *word = &line->word[lane % words];

	*word &= ~(0xffffull << lane / words * 16);
	*word |= value << lane / words * 16;
}

/* A value that is no point of the line, for the lanes that are not in use. */
static uint16_t filler(const struct sw_point6 *point, uint32_t n, uint32_t base)
{
	uint16_t value = 0;

	for (uint32_t i = 0; i < n && point[i].value - base == value; i++)
		value++;
	return value;
}

static void encode_points(const struct sw_part6 *part, const struct sw_plan6 *plan, unsigned k,
			  union sw_block6 *run, struct sw_line6_shape *shape)
{
	const struct sw_point6 *point = &part->items->point[plan->line[k].point];
	uint32_t n = plan->line[k].points;
	uint16_t fill = filler(point, n, part->first);
	unsigned lane;

	for (lane = 0; lane < shape->lanes; lane++)
		set_lane(&run[k], shape->words, lane, fill);
	for (uint32_t i = 0; i < n; i++) {
		if (sw_point6_is_long(&point[i]))
			lane = shape->longs++;
		else
			lane = shape->lanes - ++shape->shorts;
		sw_tail6_write(&run->word[0] + sw_line6_tail(shape, lane), &point[i]);
		set_lane(&run[k], shape->words, lane, point[i].value - part->first);
	}
}

static void encode_steps(const struct sw_part6 *part, const struct sw_plan6 *plan, unsigned k,
			 union sw_block6 *line, bool stepped)
{
	const struct sw_step6 *step = &part->items->step[plan->line[k].step];
	uint32_t n = plan->line[k].steps;

	for (unsigned s = 0; s < steps_max(stepped); s++) {
		uint64_t first = s + 1 < n ? step[s + 1].first - part->first : SW_NO_STEP6;

		steps_of(line, stepped)[s / 3] |= first << s % 3 * 21;
	}
	for (uint32_t s = 0; s < n; s++)
		line->byte[classes_at(stepped) + s] = step[s].class;
}

void sw_node6_encode(const struct sw_part6 *part, const struct sw_plan6 *plan, union sw_block6 *run)
{
	unsigned at = plan->lines * 8;

	memset(run, 0, plan->blocks * sizeof(*run));
	for (unsigned k = 0; k < plan->lines; k++) {
		bool stepped = plan->line[k].steps - 1 > SW_PLAIN6_STEPS;
		unsigned words = stepped ? SW_STEPPED6_WORDS : SW_PLAIN6_WORDS;
		struct sw_line6_shape shape = { .stepped = stepped,
						.words = words,
						.lanes = 4 * words };

		if (part->points)
			at += 2 * plan->line[k].longs;
		shape.meet = at;
		encode_points(part, plan, k, run, &shape);
		encode_steps(part, plan, k, &run[k], stepped);
		run[k].word[7] |= sw_line6_flags(&shape);
		if (part->points)
			at = tails_end(at, shape.shorts);
	}
}

/* ---- decoding ---- */

static void add_step(struct sw_items6 *items, uint32_t first, uint8_t class)
{
	if (items->steps && items->step[items->steps - 1].class == class)
		return;
	items->step[items->steps++] = (struct sw_step6){ first, class };
}

/* Points of a line are in no order: put each where it belongs. */
static void add_point(struct sw_items6 *items, const struct sw_point6 *p)
{
	uint32_t i = items->points++;

	while (i && items->point[i - 1].value > p->value) {
		items->point[i] = items->point[i - 1];
		i--;
	}
	items->point[i] = *p;
}

static void decode_line(const union sw_block6 *run, unsigned k, uint32_t first,
			struct sw_items6 *ret)
{
	const union sw_block6 *line = &run[k];
	struct sw_line6_shape shape = sw_line6_shape(line);
	unsigned classes = classes_at(shape.stepped);

	add_step(ret, first, line->byte[classes]);
	for (unsigned s = 0; s < steps_max(shape.stepped); s++) {
		uint32_t step = get_step(line, shape.stepped, s);

		if (step >= SW_NO_STEP6)
			break;
		add_step(ret, step, line->byte[classes + s + 1]);
	}
	for (unsigned lane = 0; lane < shape.lanes; lane++) {
		struct sw_point6 p;

		if (lane >= shape.longs && lane < shape.lanes - shape.shorts)
			continue;
		p = sw_tail6_read(&run->word[0] + sw_line6_tail(&shape, lane), lane < shape.longs);
		p.value = sw_line6_lane(line, shape.words, lane);
		if (p.slot != sw_slot6_uniform(sw_line6_class(line, p.value)))
			add_point(ret, &p);
	}
}

void sw_node6_decode(const union sw_block6 *run, uint32_t slot, struct sw_items6 *ret)
{
	unsigned lines = sw_slot6_lines(slot), width = sw_slot6_width(slot);

	ret->steps = 0;
	ret->points = 0;
	for (unsigned k = 0; k < lines; k++)
		decode_line(run, k, sw_line6_first(width, lines, k), ret);
}

struct sw_spot6 sw_node6_find(union sw_block6 *run, uint32_t slot, uint32_t value)
{
	unsigned line = value * sw_slot6_lines(slot) >> sw_slot6_width(slot);
	struct sw_line6_shape shape = sw_line6_shape(&run[line]);
	struct sw_spot6 spot = { .line = line,
				 .lane = -1,
				 .outer = sw_line6_class(&run[line], value) };

	for (unsigned lane = 0; lane < shape.lanes; lane++) {
		if (lane == shape.longs)
			lane = shape.lanes - shape.shorts;
		if (lane == shape.lanes || sw_line6_lane(&run[line], shape.words, lane) != value)
			continue;
		spot.lane = (int)lane;
		spot.is_long = lane < shape.longs;
		spot.tail = &run->word[0] + sw_line6_tail(&shape, lane);
		break;
	}
	return spot;
}

/* ---- checking ---- */

static bool steps_are_good(const union sw_block6 *line, bool stepped, uint32_t first, uint32_t end)
{
	for (unsigned s = 0; s < steps_max(stepped); s++) {
		uint32_t step = get_step(line, stepped, s);

		if (step == SW_NO_STEP6)
			end = 0; /* and nothing may follow */
		else if (step <= first || step >= end)
			return false;
		first = step;
	}
	return true;
}

static bool tail_is_good(const __u64 *tail, bool is_long)
{
	struct sw_point6 p = sw_tail6_read(tail, is_long);

	if (is_long && sw_slot6_kind(p.slot))
		return p.len <= SW_TAIL6_NODE && p.len % 4 == 0;
	return sw_slot6_kind(p.slot) == SW_SLOT6_UNIFORM &&
	       p.len <= (is_long ? SW_TAIL6_LONG : SW_TAIL6_SHORT);
}

/* Points are of this line and each of them is there once, also among the lanes that
 * are not in use. */
static bool points_are_good(const union sw_block6 *run, unsigned k,
			    const struct sw_line6_shape *shape, uint32_t first, uint32_t end)
{
	for (unsigned lane = 0; lane < shape->lanes; lane++) {
		uint16_t value = sw_line6_lane(&run[k], shape->words, lane);
		bool is_long = lane < shape->longs;

		if (!is_long && lane < shape->lanes - shape->shorts)
			continue;
		if (value < first || value >= end ||
		    !tail_is_good(&run->word[0] + sw_line6_tail(shape, lane), is_long))
			return false;
		for (unsigned other = 0; other < shape->lanes; other++)
			if (other != lane && sw_line6_lane(&run[k], shape->words, other) == value)
				return false;
	}
	return true;
}

bool sw_node6_check(const union sw_block6 *run, uint32_t slot, uint32_t room, uint32_t *blocks)
{
	unsigned lines = sw_slot6_lines(slot), width = sw_slot6_width(slot), at = lines * 8;

	if (lines > room)
		return false;
	for (unsigned k = 0; k < lines; k++) {
		struct sw_line6_shape shape = sw_line6_shape(&run[k]);
		uint32_t first = sw_line6_first(width, lines, k);
		uint32_t end = sw_line6_first(width, lines, k + 1);

		if (shape.longs + shape.shorts > shape.lanes || shape.meet < at + 2 * shape.longs)
			return false;
		at = shape.meet + shape.shorts;
		if (at > room * 8 || !steps_are_good(&run[k], shape.stepped, first, end) ||
		    !points_are_good(run, k, &shape, first, end))
			return false;
	}
	*blocks = (at + 7) / 8;
	return true;
}
