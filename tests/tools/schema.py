#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Holds answers of `clarent-xdp --json` to their schema.

    schema.py SCHEMA FOLDER VERB...

FOLDER has an answer in each file, called VERB.NUMBER, with the command that it answers in
VERB.NUMBER.words.  Says PASS or FAIL of each command, of each verb whether it has a schema,
was asked and has failed at least once, and of each key in the schema whether any answer had it."""
import json
import pathlib
import sys

import jsonschema

# Of libxdp's dispatcher, of another's program, of who logged in, of what comes for long.
NEVER_SEEN = {"joined", "then", "xdp_program", "login_uid", "packets_per_second"}


def keys_of(schema, found=None):
    """Every key that the schema has a property for."""
    found = set() if found is None else found
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            found.update(schema["properties"])
        for part in schema.values():
            keys_of(part, found)
    elif isinstance(schema, list):
        for part in schema:
            keys_of(part, found)
    return found


def keys_in(answer, found):
    if isinstance(answer, dict):
        for key, value in answer.items():
            if value is not None:
                found.add(key)
            keys_in(value, found)
    elif isinstance(answer, list):
        for value in answer:
            keys_in(value, found)


def say(name, fault):
    print(f"FAIL {name} ({fault})" if fault else f"PASS {name}")
    return bool(fault)


def fault_of(validator, text):
    try:
        answer = json.loads(text)
    except ValueError as error:
        return f"not one JSON document: {error}", None
    errors = list(validator.iter_errors(answer))
    if not errors:
        return "", answer
    # what is wrong within a key leaves that key unevaluated, too
    error = jsonschema.exceptions.best_match(
        [one for one in errors if one.validator != "unevaluatedProperties"] or errors)
    return f"{error.json_path}: {error.message}"[:400].replace("\n", " "), answer


def main():
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    folder, verbs = pathlib.Path(sys.argv[2]), sys.argv[3:]
    seen, failed = set(), 0
    for verb in verbs:
        if say(f"{verb} has a schema", "" if verb in schema["$defs"] else f"no $defs/{verb} in it"):
            failed += 1
            continue
        validator = jsonschema.Draft202012Validator({**schema, "$ref": f"#/$defs/{verb}"})
        good = bad = 0
        for path in sorted(folder.glob(f"{verb}.*.words")):
            fault, answer = fault_of(validator, path.with_suffix("").read_text())
            failed += say(path.read_text().strip(), fault)
            keys_in(answer, seen)
            bad += "error" in (answer or {})
            good += "error" not in (answer or {})
        failed += say(f"{verb}: answers and errors", "" if good and bad else f"{good} and {bad}")
    missed = keys_of(schema) - seen - NEVER_SEEN
    failed += say("what the schema speaks of was seen", " ".join(sorted(missed)))
    sys.exit(failed > 0)


main()
