# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Fills a manual page in: with what the program's help says, and README.md of verdicts.
#
# awk -v program=PATH -v readme=PATH -f mdoc.awk PAGE
# Below, fill() has the lines of a page that are filled in: @verbs@ and others.

function capitalized(text) {
	return toupper(substr(text, 1, 1)) substr(text, 2)
}

# --- Text ---

function say(line) {
	print (line ~ /^[.']/ ? "\\&" : "") line
}

function escaped(text) {
	gsub(/\\/, "\\e", text)
	gsub(/--/, "\\-\\-", text)
	return text
}

# `code` in bold.
function marked(text,    parts, count, i, out) {
	count = split(text, parts, "`")
	for (i = 1; i <= count; i++)
		out = out (i % 2 ? parts[i] : "\\fB" parts[i] "\\fP")
	return out
}

# Filled to a width; each sentence begins a line, as mdoc wants it.
function prose(text,    words, count, i, line) {
	count = split(marked(escaped(text)), words, / +/)
	for (i = 1; i <= count; i++) {
		if (line != "" && length(line) + length(words[i]) >= 78) {
			say(line)
			line = ""
		}
		line = line (line == "" ? "" : " ") words[i]
		if (words[i] ~ /[.!?]\)?$/) {
			say(line)
			line = ""
		}
	}
	if (line != "")
		say(line)
}

# --- Usages ---

# Words in capitals stand for something, all others for themselves.
function macro(token) {
	if (token ~ /^[A-Z]/)
		return " Ar " token
	return (token ~ /^[a-z]/ ? " Cm " : " No \\&") token
}

function macros(usage,    out, glue, token) {
	while (usage != "") {
		if (!match(usage, /^[A-Za-z-]+/) && !match(usage, /^ +/) && !match(usage, /^\.\.\./))
			RLENGTH = 1
		token = substr(usage, 1, RLENGTH)
		usage = substr(usage, RLENGTH + 1)
		if (token !~ /^ /)
			out = out glue macro(token)
		glue = token ~ /^ / ? "" : " Ns"
	}
	return out
}

# --- The help of one verb ---

# Its usage in one line, and what follows in text[1] to text[lines], a line each.
function read_verb(verb,    command, line, in_usage) {
	command = program " help " verb
	usage = ""
	lines = 0
	in_usage = 1
	while ((command | getline line) > 0) {
		if (line == "" && in_usage)
			in_usage = 0
		else if (in_usage)
			usage = usage line
		else
			text[++lines] = line
	}
	close(command)
	sub("^usage: [^ ]+ " verb " *", "", usage)
	gsub(/ +/, " ", usage)
}

# "  TERM    meaning", whose further lines are indented deeper.
function split_row(line) {
	if (line !~ /^  [^ ]/ || !match(substr(line, 3), /   */))
		return 0
	term = substr(line, 3, RSTART - 1)
	meaning = substr(line, 2 + RSTART + RLENGTH)
	return 1
}

# From that line on; returns the one behind it.
function print_table(at) {
	print ".Pp"
	print ".Bl -tag -width \"tunnel required\" -compact"
	while (at <= lines && split_row(text[at])) {
		while (text[++at] ~ /^   / && at <= lines) {
			sub(/^ +/, " ", text[at])
			meaning = meaning text[at]
		}
		print ".It" macros(term)
		prose(meaning)
	}
	print ".El"
	return at
}

function print_paragraph(at, in_file,    paragraph) {
	for (; at <= lines && text[at] != ""; at++)
		paragraph = paragraph (paragraph == "" ? "" : " ") text[at]
	if (in_file && paragraph ~ /^(force|off) /)
		return at
	print ".Pp"
	prose(paragraph)
	return at
}

function print_examples(at) {
	print ".Bd -literal -offset indent"
	for (; at <= lines; at++) {
		sub(/^ +/, "", text[at])
		print escaped(text[at])
	}
	print ".Ed"
}

# in_file: what a line of a file may say; it takes nothing back, forces nothing, and is shown whole.
function print_verb(verb, in_file,    at) {
	read_verb(verb)
	if (in_file) {
		gsub(/ \[(force|confirm SECONDS|off)\]/, "", usage)
		if (sub(/ \| NAME delete \)/, "", usage))
			sub(/^\( /, "", usage)
	}
	print ".It Ic " verb macros(usage == "" ? "" : " " usage)
	prose(capitalized(text[1]) ".")
	for (at = 2; at <= lines && text[at] != "example:";) {
		if (text[at] == "")
			at++
		else if (split_row(text[at]))
			at = print_table(at)
		else
			at = print_paragraph(at, in_file)
	}
	if (!in_file)
		print_examples(at + 1)
}

# --- The help of the whole ---

function read_all(    command, line) {
	command = program " help"
	all_lines = 0
	while ((command | getline line) > 0)
		all[++all_lines] = line
	close(command)
	if (!all_lines) {
		print program " does not run here" >"/dev/stderr"
		exit 1
	}
}

# The verbs below the title of their group.
function print_group(at, in_file,    verb) {
	print ".Bl -tag -width Ds"
	for (at++; all[at] ~ /^  /; at++) {
		verb = all[at]
		sub(/^ +/, "", verb)
		sub(/ .*/, "", verb)
		print_verb(verb, in_file)
	}
	print ".El"
}

function print_groups(    at) {
	for (at = 3; all[at] !~ /^options/; at++) {
		if (all[at] !~ /^[a-z]/)
			continue
		print ".Ss " capitalized(all[at])
		print_group(at, 0)
	}
}

function print_settings(    at) {
	for (at = 3; all[at] != "settings";)
		at++
	print_group(at, 1)
}

# Reads the option that begins at that line: its words and what they mean; returns the line behind it.
function read_option(at) {
	split_row(all[at])
	while (all[++at] ~ /^   /) {
		sub(/^ +/, " ", all[at])
		meaning = meaning all[at]
	}
	return at
}

function option_macros(words) {
	gsub(/--/, "Fl \\-", words)
	gsub(/, /, " , ", words)
	sub(/^-/, "Fl ", words)
	sub(/[A-Z]+$/, "Ar &", words)
	return words
}

# in_environment: those that the environment may say as well.
function print_options(in_environment,    at, variable) {
	for (at = 3; all[at] !~ /^options/;)
		at++
	print ".Bl -tag -width \"CLARENT_XDP_BPFFS\""
	for (at++; all[at] ~ /^  /;) {
		at = read_option(at)
		if (!in_environment) {
			print ".It " option_macros(term)
			prose(capitalized(meaning) ".")
		} else if (match(meaning, /environment: [A-Z_]+/)) {
			variable = substr(meaning, RSTART + 13, RLENGTH - 13)
			print ".It Ev " variable
			print "As the option\n." option_macros(term) " ,\nwhich goes before it."
		}
	}
	print ".El"
}

# What the capitals stand for.
function print_words(    at, paragraph) {
	for (at = 1; all[at] !~ /^Words: /;)
		at++
	for (; all[at] != ""; at++)
		paragraph = paragraph " " all[at]
	sub(/^ Words: /, "", paragraph)
	prose(paragraph)
}

function print_exit_status(    at, count, status, i) {
	for (at = 1; all[at] !~ /^Exit status: /;)
		at++
	sub(/^Exit status: /, "", all[at])
	sub(/\.$/, "", all[at])
	count = split(all[at], status, /, /)
	print ".Bl -tag -width Ds -compact"
	for (i = 1; i <= count; i++) {
		print ".It " substr(status[i], 1, 1)
		say(capitalized(substr(status[i], 3)) ".")
	}
	print ".El"
}

# --- The verdicts of the README ---

function print_reason(row,    cell) {
	split(row, cell, / *\| */)
	if (cell[2] == "reason" || cell[2] ~ /^-/)
		return
	print ".It Cm " cell[2] " Pq " cell[3]
	prose(capitalized(cell[4]) ".")
}

function print_point(point) {
	if (point == "")
		return
	print ".It"
	prose(point)
}

# From one heading to the next: a table, then points, whose further lines are indented.
function print_verdicts(    line, part, point) {
	while ((getline line < readme) > 0 && !(part && line ~ /^## /)) {
		if (line ~ /^## Why a packet passes/) {
			part = "text"
		} else if (part && line ~ /^\|/) {
			if (part != "table")
				print ".Bl -tag -width Ds"
			part = "table"
			print_reason(line)
		} else if (part && line ~ /^- /) {
			if (part != "points")
				print ".El\n.Bl -bullet"
			part = "points"
			print_point(point)
			point = substr(line, 3)
		} else if (part == "points" && line != "") {
			sub(/^ */, " ", line)
			point = point line
		}
	}
	print_point(point)
	print ".El"
	close(readme)
}

# --- The page ---

function fill(what) {
	if (what == "verbs")
		print_groups()
	else if (what == "settings")
		print_settings()
	else if (what == "options")
		print_options(0)
	else if (what == "environment")
		print_options(1)
	else if (what == "words")
		print_words()
	else if (what == "exit-status")
		print_exit_status()
	else if (what == "verdicts")
		print_verdicts()
	else
		exit 1
}

/^@.*@$/ {
	read_all()
	fill(substr($0, 2, length($0) - 2))
	next
}
{ print }
