/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The protocol of a change; README.md is the same in words.
 *
 * Each comment above a step names the functions that take it, in user/ or in
 * bpf/: check.sh looks whether they are there, and whether the functions that
 * take such steps are named here.  What is between braces of atomic or d_step
 * nobody can see half of: it is one store, or it is looked at only under the
 * lock.  Memory is sequentially consistent here; the code has fences for that.
 *
 * Bounds are defined by check.sh.  A command may be killed, the clock go on,
 * and the disk fill up, before and after every step.
 */
#ifndef CHANGES
#define CHANGES 2 /* that are begun */
#endif
#ifndef TICKS
#define TICKS 1 /* of the clock; a trial has until the next one */
#endif
#ifndef WRITERS
#define WRITERS 2
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef DIRS
#define DIRS 1 /* instances, one after the other: purge takes one away */
#endif
#ifndef DISK
#define DISK 0 /* 1: with history, log and confirmed copy, and a disk that is no_room for a time */
#endif
#ifndef PACKETS
#define PACKETS 0
#endif
#ifndef READERS
#define READERS 0
#endif
#ifndef ATTACHERS
#define ATTACHERS 0
#endif
#ifndef PATCHES
#define PATCHES 0 /* 1: the first list is a long one, and a change may patch it */
#endif

#define LISTS   2
#define STATES  (DIRS + CHANGES)
#define UNKNOWN 255 /* SLOT_UNKNOWN */

/* Who holds the lock; writers are 1 and 2. */
#define READER   3
#define ATTACHER 4

/* The live word: a generation, and a deadline (0: none) past which it is the other one. */
#define FINAL(g)       (g)
#define LIMITED(g, d)  ((g) | (d) << 1 | new << 4) /* in nanoseconds: no two are the same */
#define DEADLINE(w)    ((w) >> 1 & 7)
#define PASSED(w, t)   (DEADLINE(w) != 0 && (t) >= DEADLINE(w))
#define LIVE(w, t)     (((w) & 1) ^ PASSED(w, t))

#define GEN(m, g)      ((m) * 2 + (g))
#define SLOT(m, g, l)  (GEN(m, g) * LISTS + (l))
#define NOTED(x)       (note[x] == UNKNOWN || note[x] == slot[x])
#define CONTENT(s, l)  content[(s) * LISTS + (l)]

/* Of the first list: what a map holds, what a packet finds, and what a reader does. */
#if PATCHES
#define HALF           254 /* some of what it held, and some of what it will */
#define HELD(x)        ((x) == UNKNOWN -> UNKNOWN : holds[x])
#define FOUND_IN(m, g) (patch[GEN(m, g)] -> patch[GEN(m, g)] : holds[slot[SLOT(m, g, 0)]])
#define PATCHED(m, g)  (patch_note[GEN(m, g)] != 0 && patch_note[GEN(m, g)] != UNKNOWN)
#else
#define HELD(x)        (x)
#define FOUND_IN(m, g) slot[SLOT(m, g, 0)]
#endif
#define LISTED(l, x)   ((l) == 0 -> HELD(x) : (x))

/* The kernel: a clock, what is at the path, and of each instance its maps */
byte now;
byte path;                 /* the directory that is there, 0: none */
byte dirs;                 /* made so far */
byte at[DIRS + 1];         /* maps that are pinned in a directory, and sealed; + 1 */
byte maps;                 /* sealed so far */
byte holder[DIRS + 1];     /* of a directory's lock, which outlives the name */
byte word[DIRS];
byte serial[DIRS * 2];     /* by generation */
byte replaced[DIRS * 2];   /* former in struct cx_rules: serial of what they were built over */
byte rules[DIRS * 2];      /* all else that is not a list: the state they are of */
byte slot[DIRS * 2 * LISTS];
byte note[DIRS * 2 * LISTS]; /* of the slot's map */
byte pin[LISTS];
#if PATCHES
byte holds[STATES];        /* by map: what is in it */
byte patch[DIRS * 2];      /* by generation: what it makes of the first list, 0: none */
byte patch_note[DIRS * 2];
#endif
bit needs[DIRS * 2];       /* do these rules need a feature? */
byte program;              /* 0: none attached; else + 1 the maps it is tied to */
bit features;              /* has it that feature? */

/* The disk */
#define NONE    0
#define BEGUN   1
#define TRIAL   2
#define DONE    3
#define OVER    4 /* lapsed, or given up */
#define CUT     5
#define FOUND   6 /* done, and never entered */
byte history[CHANGES + 1]; /* the state after a change; + 1, 0: no file */
byte entry[CHANGES + 1];
byte confirmed;            /* the state that a boot restores; + 1 */
bit no_room, had_no_room;

/*
 * What the protocol does not know: each state, that is, what some change made
 * of its former, has a number of its own, and is made of two lists, told apart
 * by the number of the map that was made for them.
 */
byte next = DIRS;          /* those below are the states of fresh instances */
byte content[STATES * LISTS];
byte before[STATES];       /* what was in force before it */
byte cur, former, tried, due; /* in force; what returns at due, 0: never */
byte inside, kills;
chan kill[2] = [0] of { bit };
bit judging, reading;
byte judged_in, read_in;   /* states that were in force meanwhile, one bit each */

byte m_, g_, s_, k_;       /* within one step */

/* Each time that the word, the clock or a slot moves: is in force what should be, whole? */
inline watch()
{
	if
	:: path && at[path] ->
		m_ = at[path] - 1;
		g_ = LIVE(word[m_], now);
		s_ = rules[GEN(m_, g_)];
		assert(s_ == cur);
		assert(FOUND_IN(m_, g_) == CONTENT(s_, 0) && slot[SLOT(m_, g_, 1)] == CONTENT(s_, 1));
		judged_in = judged_in | judging << s_;
		read_in = read_in | reading << s_;
		assert(!program || (program == at[path] && features >= needs[GEN(m_, g_)]))
	:: else
	fi
}

/* slot_set() */
inline set_slot(x, map)
{
	d_step { assert(inside == id); note[x] = UNKNOWN; assert(NOTED(x)) };
	d_step { slot[x] = map; assert(NOTED(x)); watch() };
	d_step { note[x] = map; assert(NOTED(x)) }
}

#if PATCHES
/* slot_set_patch(), put_entries(), refill(); slot_empty_patch(): a map that stays and says nothing is none */
inline set_patch(x, version)
{
	d_step { assert(inside == id); patch_note[x] = UNKNOWN };
	d_step { patch[x] = version; watch() };
	patch_note[x] = version
}
#endif

/* flip(): one store.  What is in force from now on, and what at due, is known by whoever looks on. */
inline flip(w_, cur_, former_, due_)
{
	assert(inside == id && path == dir);
	word[m] = w_;
	former = former_;
	due = due_;
	cur = cur_;
	if
	:: due && now >= due -> cur = former; due = 0
	:: else
	fi;
	watch()
}

/* history_last(): of which change, 0: none.  In memory BEGUN is settled, see settle_history(). */
inline find_last(s, ret)
{
	ret = CHANGES;
	do
	:: ret && (entry[ret] == NONE || entry[ret] == CUT || (entry[ret] == BEGUN && ret != s)) -> ret--
	:: else -> break
	od
}

/* copies_confirm_state(): of a change whose state was not written, there is none */
inline confirm_state(change)
{
	d_step {
		assert(inside == id);
		if
		:: !no_room && history[change] ->
			confirmed = history[change];
			assert(confirmed - 1 == cur)
		:: else
		fi
	}
}

/* history_enter(), history_mark() */
inline mark(change, what)
{
	d_step {
		assert(inside == id);
		entry[change] = (no_room || (what != BEGUN && entry[change] == NONE) -> entry[change] : what)
	}
}

proctype writer(byte id)
{
	byte dir, m, w, g, l, n, new;
	bit waits, ends, trial, err;
#if DISK
	bit keeps; /* a trial is confirmed */
#endif
#if PATCHES
	bit patched;
#endif

end:
idle:
	/* try_to_open(), pindir_make() */
	if
	:: atomic { path -> dir = path }
	:: atomic { !path && dirs < DIRS -> dirs++; path = dirs; dir = dirs }
	fi;
	/* pindir_lock(): waits in turn, then looks whether this is what the path leads to */
	atomic { !holder[dir] -> holder[dir] = id };
	if
	:: atomic { path == dir -> assert(!inside); inside = id }
	:: atomic { else -> holder[dir] = 0; dir = 0; goto idle }
	fi;
	{
		/* check_sealed() */
		if
		:: atomic { at[dir] -> m = at[dir] - 1 }
		:: atomic { !at[dir] && maps < DIRS ->
			/* create(), first_rules() */
			m = maps;
			rules[GEN(m, 0)] = m; rules[GEN(m, 1)] = m;
			slot[SLOT(m, 0, 0)] = m; slot[SLOT(m, 0, 1)] = m;
			slot[SLOT(m, 1, 0)] = m; slot[SLOT(m, 1, 1)] = m;
			note[SLOT(m, 0, 0)] = m; note[SLOT(m, 0, 1)] = m;
			note[SLOT(m, 1, 0)] = m; note[SLOT(m, 1, 1)] = m;
			CONTENT(m, 0) = m; CONTENT(m, 1) = m;
#if PATCHES
			holds[m] = m;
#endif
			/* instance_seal() */
			maps++; at[dir] = maps; cur = m; due = 0;
			watch() }
		:: atomic { else -> goto leave }
		fi;
		/* open_maps(), instance_look(): once, for all that follows */
		d_step {
			w = word[m];
			g = LIVE(w, now);
			waits = DEADLINE(w) && !PASSED(w, now)
		};
#if DISK
		/* settle_history(), enter_missing(): first, since once it is mended nothing tells what lapsed */
		/* write_settled(), enter_missing(), copies_drop_state(): what is over is no state to go back to */
		d_step {
			s_ = serial[GEN(m, g)];
			k_ = CHANGES;
			do
			:: k_ && entry[k_] == NONE -> k_--
			:: else -> break
			od;
			if
			:: k_ && k_ != s_ && entry[k_] == TRIAL -> history[k_] = 0
			:: else
			fi
		};
		d_step {
			assert(inside == id);
			s_ = serial[GEN(m, g)];
			k_ = CHANGES;
			do
			:: k_ && entry[k_] == NONE -> k_--
			:: else -> break
			od;
			if
			:: no_room
			:: !no_room && s_ && entry[s_] == NONE -> entry[s_] = FOUND
			:: else ->
				if
				:: (entry[k_] == BEGUN || entry[k_] == TRIAL) && k_ == s_ ->
					entry[k_] = (waits -> TRIAL : DONE)
				:: entry[k_] == BEGUN && k_ != s_ -> entry[k_] = CUT
				:: entry[k_] == TRIAL && k_ != s_ -> entry[k_] = OVER
				:: else
				fi
			fi
		};
		/* what a killed command has not come to */
		if
		:: !waits && serial[GEN(m, g)] -> confirm_state(serial[GEN(m, g)])
		:: else
		fi;
		/* mend_copy(): a state that could not be written, from what is in force */
		if
		:: !waits && !no_room && serial[GEN(m, g)] && !history[serial[GEN(m, g)]] ->
			history[serial[GEN(m, g)]] = rules[GEN(m, g)] + 1;
			confirm_state(serial[GEN(m, g)])
		:: else
		fi;
#endif
		if
		:: waits ->
			if
			:: /* end_waiting(), generation_confirm(): by that one look, whatever the clock says now */
				d_step { k_ = (waits -> tried : cur); flip(FINAL(g), k_, cur, 0) };
#if DISK
				keeps = 1;
#endif
				atomic { ends = 1; waits = 0; n = serial[GEN(m, g)] }
			:: /* generation_give_up(), end_waiting(): its state first, for which no disk is too full */
#if DISK
				history[serial[GEN(m, g)]] = 0;
#endif
				d_step { flip(FINAL(1 - g), former, former, 0) };
				atomic { ends = 1; waits = 0; n = serial[GEN(m, g)]; g = 1 - g }
			:: /* refuse_pending() */
				skip
			fi
		:: !waits && DEADLINE(w) ->
			d_step { flip(FINAL(g), cur, former, due) }
		:: else
		fi;

settled:	/* mend(), generation_mend(): pins, and unless a change waits, the idle generation is made equal */
		/* settle() */
		if
		:: !waits && serial[GEN(m, 1 - g)] != serial[GEN(m, g)] ->
			/* wait_for_packets() */
			!judging;
#if PATCHES
			/* patches_settle(), settle_list(): where one is, nobody asks the list of what it says */
			if
			:: PATCHED(m, g) ->
				holds[note[SLOT(m, g, 0)]] = HALF;
				/* LOADS_IN_ORDER; where they are not, packets are waited for once more */
				d_step { holds[note[SLOT(m, g, 0)]] = patch_note[GEN(m, g)]; watch() }
			:: else
			fi;
			if
			:: patch_note[GEN(m, g)] -> set_patch(GEN(m, g), 0)
			:: else
			fi;
			/* sync_slot() */
			if
			:: patch_note[GEN(m, 1 - g)] -> set_patch(GEN(m, 1 - g), 0)
			:: else
			fi;
#endif
			/* sync_slots(), sync_slot() */
			l = 0;
			do
			:: l < LISTS && note[SLOT(m, 1 - g, l)] != note[SLOT(m, g, l)] ->
				set_slot(SLOT(m, 1 - g, l), note[SLOT(m, g, l)]);
				l++
			:: l < LISTS && note[SLOT(m, 1 - g, l)] == note[SLOT(m, g, l)] -> l++
			:: l == LISTS -> break
			od;
			atomic { l = 0; serial[GEN(m, 1 - g)] = serial[GEN(m, g)] }
		:: else
		fi;
		/* sync_pins() */
		d_step {
			assert(inside == id);
			pin[0] = note[SLOT(m, g, 0)];
			pin[1] = note[SLOT(m, g, 1)];
			/* of what is not in force nothing is left, but for a trial's former */
			assert(waits || (slot[SLOT(m, 1 - g, 0)] == pin[0] && slot[SLOT(m, 1 - g, 1)] == pin[1]));
#if PATCHES
			assert(waits || (!patch[GEN(m, 0)] && !patch[GEN(m, 1)]))
#endif
		};
		if
		:: ends -> goto after
		:: waits -> goto leave
		:: else
		fi;

		if
		:: /* nothing to do, nothing done */
			goto leave
		:: /* generation_commit() */
			atomic { next < STATES ->
				new = next; next++;
				if
#if !DISK
				:: CONTENT(new, 0) = HELD(note[SLOT(m, g, 0)])
#endif
				:: CONTENT(new, 0) = new
#if PATCHES
				:: CONTENT(new, 0) = new; patched = 1
#endif
				fi;
				if
#if !DISK
				:: CONTENT(new, 1) = note[SLOT(m, g, 1)]
#endif
				:: CONTENT(new, 1) = new
				fi;
				if
				:: trial = 1
				:: trial = 0
				fi }
#if DISK
		:: /* undo(), read_target(), find_target(), step_back() */
			atomic { next < STATES && serial[GEN(m, g)] ->
				l = replaced[GEN(m, g)];
				if
				:: history[l] ->
					l = history[l] - 1;
					assert(l == before[cur]);
					new = next; next++;
					CONTENT(new, 0) = (CONTENT(l, 0) == note[SLOT(m, g, 0)] -> CONTENT(l, 0) : new);
					CONTENT(new, 1) = (CONTENT(l, 1) == note[SLOT(m, g, 1)] -> CONTENT(l, 1) : new);
					l = 0
				:: else ->
					assert(had_no_room);
					goto leave
				fi }
#endif
#if DIRS > 1
		::	/* purge(), instance_purge(): meta first, the directory last, and then nothing */
			/* around it the log is written: session_enter_purge(), session_mark_purge() */
			atomic { at[dir] == maps && !program -> at[dir] = 0 };
			/* pindir_remove() */
			atomic { path = 0; inside = 0; goto leave }
#endif
		fi;

#if DISK
		/* enter(): keep_former(), keep_purge() */
		d_step {
			find_last(serial[GEN(m, g)], k_);
			s_ = serial[GEN(m, g)];
			n = (k_ > s_ -> k_ : s_) + 1; /* history_next() */
			s_ = (s_ == 0 && k_ && entry[k_] == DONE -> k_ : s_);
			if
			:: history[s_] -> skip
			:: !history[s_] && !no_room -> history[s_] = rules[GEN(m, g)] + 1
			:: !history[s_] && no_room -> err = 1
			fi
		};
		/* copies_drop_state(), keep_wanted(), copies_keep_state() or copies_keep_change() */
		/* take_up() if a boot restores what was last */
		history[n] = 0;
		d_step { history[n] = (no_room || err -> history[n] : new + 1); err = err || no_room };
		if
		:: err -> err = 0
		:: else -> mark(n, BEGUN)
		fi;
#else
		n = serial[GEN(m, g)] + 1;
#endif
		/* build_rules(): the number before all else */
		d_step { assert(inside == id); serial[GEN(m, 1 - g)] = n };
		atomic { rules[GEN(m, 1 - g)] = new; replaced[GEN(m, 1 - g)] = serial[GEN(m, g)] };
#if ATTACHERS
		if
		:: needs[GEN(m, 1 - g)] = 0
		:: needs[GEN(m, 1 - g)] = 1
		fi;
#endif
#if PATCHES
		/* patch_list(), patch_put() */
		if
		:: patched -> set_patch(GEN(m, 1 - g), new); patched = 0; l = 1
		:: else -> holds[new] = new
		fi;
#endif
		/* build_list(), make_list() */
		do
		:: l < LISTS && LISTED(l, note[SLOT(m, 1 - g, l)]) != CONTENT(new, l) ->
			set_slot(SLOT(m, 1 - g, l), CONTENT(new, l));
			l++
		:: l < LISTS && LISTED(l, note[SLOT(m, 1 - g, l)]) == CONTENT(new, l) -> l++
		:: l == LISTS -> l = 0; break
		od;
#if ATTACHERS
		/* attach_need_features(): ready by now, or loaded */
		features = features || (program && needs[GEN(m, 1 - g)]);
#endif
		/* give_up(): the kernel takes no more */
		if
		:: skip
		:: atomic { err = 1; ends = 1; goto settled }
		fi;
		/* from here on it is in force, until the deadline at least */
		atomic { g = 1 - g; before[new] = cur; ends = 1 };
		if
		:: trial ->
			atomic { l = now + 1; tried = new; waits = 1 };
			d_step { flip(LIMITED(g, l), new, cur, l) };
			l = 0
		:: else ->
			d_step { flip(FINAL(g), new, cur, 0) }
		fi;
		goto settled;

after:
#if DISK
		/* mark(); end_waiting(), keep_confirmed(), mark_waiting() */
		if
		:: err ->
			/* copies_drop_state() */
			history[n] = 0;
			mark(n, CUT)
		:: !err && waits -> mark(n, TRIAL)
		:: !err && !waits && n != serial[GEN(m, g)] -> mark(n, OVER)
		:: else ->
			/* keep_confirmed(): of a trial that a full disk left without its state */
			if
			:: keeps && !no_room && !history[n] -> history[n] = rules[GEN(m, g)] + 1
			:: else
			fi;
			confirm_state(n);
			mark(n, DONE)
		fi;
		keeps = 0;
		d_step {
			s_ = (waits -> before[tried] : cur);
			assert(had_no_room || confirmed == (s_ < DIRS -> 0 : s_ + 1));
			s_ = (err -> CUT : (waits -> TRIAL : (n == serial[GEN(m, g)] -> DONE : OVER)));
			assert(had_no_room || entry[n] == s_);
			k_ = CHANGES;
			do
			:: k_ -> assert(entry[k_] != OVER || !history[k_]); k_--
			:: else -> break
			od
		};
#endif
#if PATCHES
		/* a trial's patch stands beside what people dump */
		assert(HELD(pin[0]) == CONTENT(rules[GEN(m, g)], 0) || (waits && PATCHED(m, g)));
#else
		assert(pin[0] == CONTENT(rules[GEN(m, g)], 0));
#endif
		assert(pin[1] == CONTENT(rules[GEN(m, g)], 1));
leave:
		atomic {
			holder[dir] = 0;
			inside = (inside == id -> 0 : inside);
			dir = 0; m = 0; w = 0; g = 0; l = 0; n = 0; new = 0;
			waits = 0; ends = 0; trial = 0; err = 0;
#if DISK
			keeps = 0;
#endif
#if PATCHES
			patched = 0;
#endif
			goto idle
		}
	} unless {
		atomic {
			kill[id - 1] ? _ ->
			holder[dir] = 0;
			inside = 0;
			dir = 0; m = 0; w = 0; g = 0; l = 0; n = 0; new = 0;
			waits = 0; ends = 0; trial = 0; err = 0;
#if DISK
			keeps = 0;
#endif
#if PATCHES
			patched = 0;
#endif
			goto idle
		}
	}
}

#if PACKETS
proctype packet()
{
	byte m, w, g, s, map;

end:	do
	:: atomic {
		path && at[path] ->
		judging = 1;
		judged_in = 0;
		watch();
		/* live_generation() */
		m = at[path] - 1;
		w = word[m];
		/* whoever reads the word before confirm and the clock behind the deadline follows the word */
		judged_in = judged_in | (DEADLINE(w) -> 1 << rules[GEN(m, 0)] | 1 << rules[GEN(m, 1)] : 0) };
		d_step { g = LIVE(w, now); w = 0 };
		d_step { s = rules[GEN(m, g)]; assert(judged_in >> s & 1) };
#if PATCHES
		/* keyed(): the patch first */
		map = patch[GEN(m, g)];
		map = (map -> map : holds[slot[SLOT(m, g, 0)]]);
#else
		map = slot[SLOT(m, g, 0)];
#endif
		d_step {
			assert(map == CONTENT(s, 0) && slot[SLOT(m, g, 1)] == CONTENT(s, 1));
			assert(rules[GEN(m, g)] == s);
			judging = 0; judged_in = 0;
			m = 0; g = 0; s = 0; map = 0
		}
	od
}
#endif

#if READERS
proctype reader()
{
	byte dir, m, r, w, g, n, s, map[LISTS];

end:	do
	:: atomic {
		path && at[path] ->
		reading = 1;
		read_in = 0;
		watch();
		/* open_sealed() */
		m = at[path] - 1 };
		/* open_pins(), one by one; is_same_dir() sees to it that they are of one instance */
		r = m;
		/* read_once(), read_confirmed(), look_again(), instance_look() */
		w = word[m];
		g = LIVE(w, now);
		n = serial[GEN(r, g)];
		if
		:: word[m] == w
		:: atomic { else -> w = 0; g = 0; n = 0; goto locked }
		fi;
		/* generation_read() */
		s = rules[GEN(r, g)];
#if PATCHES
		/* patched_read(), patch_read(), open_patch(): the patch first, whatever it says by then */
		map[0] = PATCHED(r, g);
		map[0] = (map[0] -> patch[GEN(r, g)] : 0);
		map[0] = (map[0] -> map[0] : HELD(note[SLOT(r, g, 0)]));
#else
		map[0] = note[SLOT(r, g, 0)];
#endif
		map[1] = note[SLOT(r, g, 1)];
		/* instance_stands(), refuse_changed(), stands(), read_lists() */
		if
		:: word[m] == w
		:: atomic { else -> w = 0; g = 0; n = 0; s = 0; map[0] = 0; map[1] = 0; goto locked }
		fi;
		if
		:: atomic { serial[GEN(r, g)] == n && map[0] != UNKNOWN && map[1] != UNKNOWN -> goto answer }
		:: atomic { else -> w = 0; g = 0; n = 0; s = 0; map[0] = 0; map[1] = 0 }
		fi;
locked:		/* read_locked(), pindir_lock(): after a few tries, which would be this one again */
		dir = path;
		if
		:: atomic { dir && !holder[dir] -> holder[dir] = READER }
		:: atomic { !dir -> goto done }
		fi;
		if
		:: atomic { path == dir -> assert(!inside); inside = READER }
		:: atomic { else -> holder[dir] = 0; goto locked }
		fi;
		atomic { w = word[m]; g = LIVE(w, now) };
		s = rules[GEN(r, g)];
#if PATCHES
		map[0] = (PATCHED(r, g) -> patch_note[GEN(r, g)] : HELD(note[SLOT(r, g, 0)]));
#else
		map[0] = note[SLOT(r, g, 0)];
#endif
		map[1] = note[SLOT(r, g, 1)];
		atomic { holder[dir] = 0; inside = 0 };
answer:
		assert(map[0] == CONTENT(s, 0) && map[1] == CONTENT(s, 1) && (read_in >> s & 1));
done:
		atomic {
			reading = 0; read_in = 0;
			dir = 0; m = 0; r = 0; w = 0; g = 0; n = 0; s = 0; map[0] = 0; map[1] = 0
		}
	od
}
#endif

#if ATTACHERS
inline lock_or(otherwise)
{
	if
	:: atomic { path -> dir = path }
	:: atomic { !path -> goto otherwise }
	fi;
	atomic { !holder[dir] -> holder[dir] = ATTACHER };
	if
	:: atomic { path == dir -> assert(!inside); inside = ATTACHER }
	:: atomic { else -> holder[dir] = 0; goto otherwise }
	fi
}

proctype attacher()
{
	byte dir, m, w;
	bit f;

end:
idle:
	path;
	lock_or(idle);
	/* make_plan() */
	if
	:: atomic { at[dir] -> m = at[dir] - 1; w = word[m] }
	:: atomic { !at[dir] -> goto leave }
	fi;
	if
	:: atomic { program && (!DEADLINE(w) || PASSED(w, now)) ->
		/* attach_detach() */
		program = 0; features = 0; goto leave }
	:: d_step { program ->
		/* slim(), attach_slim(), reader_close(): a command has ended, and this is its second lock */
		features = needs[GEN(m, LIVE(w, now))] ||
			   (DEADLINE(w) && !PASSED(w, now) && needs[GEN(m, 1 - LIVE(w, now))]);
		watch() }; goto leave
	:: atomic { !program && (!DEADLINE(w) || PASSED(w, now)) -> f = needs[GEN(m, LIVE(w, now))] }
	:: goto leave
	fi;
	/* load(), instance_unlock(): the verifier takes its time */
	atomic { holder[dir] = 0; inside = 0; dir = 0; w = 0 };
	/* instance_lock_again(): is it the same? */
	lock_or(idle);
	if
	:: atomic { at[dir] == m + 1 -> w = word[m] }
	:: atomic { at[dir] != m + 1 -> goto leave }
	fi;
	/* refuse_meanwhile(), plan_stands(); carry_out(), session_end_attaching() */
	if
	:: d_step { (!DEADLINE(w) || PASSED(w, now)) && f == needs[GEN(m, LIVE(w, now))] ->
		program = m + 1; features = f; watch() }
	:: else
	fi;
leave:
	atomic { holder[dir] = 0; inside = 0; dir = 0; m = 0; w = 0; f = 0; goto idle }
}
#endif

/* Signals, time, and the disk */
proctype world()
{
end:	do
	:: atomic { kills < KILLS && (inside == 1 || inside == 2) -> kills++; kill[inside - 1] ! 1 }
	:: atomic { now < TICKS ->
		now++;
		if
		:: due && now >= due -> cur = former; due = 0
		:: else
		fi;
		watch() }
#if DISK
	:: atomic { !had_no_room -> no_room = 1; had_no_room = 1 }
	:: no_room = 0
#endif
	od
}

init {
	atomic {
		run world();
#if PACKETS
		run packet();
#endif
#if READERS
		run reader();
#endif
#if ATTACHERS
		run attacher();
#endif
		run writer(1)
#if WRITERS > 1
		;
		run writer(2)
#endif
	}
}
