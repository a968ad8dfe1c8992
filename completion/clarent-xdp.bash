# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# Completion for bash: what may stand there is asked of the program.

# The words up to the cursor.  COMP_WORDS has them cut at colons, as in an address, and elsewhere.
_clarent_xdp_words() {
	local line=${COMP_LINE:0:COMP_POINT} piece blanks i

	words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		blanks=${line%%[![:blank:]]*}
		line=${line#"$blanks"}
		piece=${COMP_WORDS[i]}
		((i < COMP_CWORD)) || piece=$line
		if ((i == 0)) || [[ -n $blanks ]]; then
			words+=("$piece")
		else
			words[-1]+=$piece
		fi
		line=${line#"$piece"}
	done
	uncut=${words[-1]%"$piece"}
}

_clarent_xdp() {
	local words uncut line word

	_clarent_xdp_words
	COMPREPLY=()
	while IFS= read -r line; do
		word=${line%%$'\t'*}
		case $line in
		$'\t'FILE | $'\t'PATH | $'\t'DIR)
			compopt -o filenames 2>/dev/null
			mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "${words[-1]}")
			;;
		$'\t'*) ;; # nobody knows which
		*)
			[[ $word =~ ^[[:alnum:]_.,:/-]*$ ]] || printf -v word %q "$word"
			COMPREPLY+=("${word#"$uncut"}")
			;;
		esac
	done < <("${words[0]}" complete -- "${words[@]:1}" 2>/dev/null)
}

complete -F _clarent_xdp clarent-xdp
