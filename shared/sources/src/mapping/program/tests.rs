use serde_json::{Value, json};

use super::*;

fn run(code: &str, item: &Value) -> Result<Vec<Value>, String> {
    let program = Program::checked(code).map_err(|problem| problem.text)?;
    program.run(item, &json!({"time": 1}), 1000).map_err(|error| error.to_string())
}

fn one(code: &str, item: &Value) -> Value {
    let outputs = run(code, item).unwrap_or_else(|error| panic!("{code}: {error}"));
    let [output] = outputs.as_slice() else { panic!("{code}: {outputs:?}") };
    output.clone()
}

#[test]
fn every_native_function_has_a_body() {
    assert_eq!(natives::all::<Setup>().count(), check::NATIVES.len());
    for (name, kinds) in check::NATIVES {
        let arguments = kinds.chars().map(|kind| if kind == 'f' { "." } else { "null" }).collect::<Vec<_>>().join(";");
        let call = if kinds.is_empty() { name.to_owned() } else { format!("{name}({arguments})") };
        let answers = run(&format!("try ({call} | \"x\") catch ."), &Value::Null).expect(name);
        assert!(!answers.contains(&json!("it is not available")), "{call}");
    }
}

#[test]
fn a_mapping_has_what_jq_has() {
    for (code, item, expected) in [
        (".a.b?", json!({"a": {"b": 1}}), json!(1)),
        (".a // .b", json!({"b": 2}), json!(2)),
        (
            "{a, b: .c, \"d\": 4, (.k): 5, \"e\\(.a)\": 6}",
            json!({"a": 1, "c": 2, "k": "f"}),
            json!({"a": 1, "b": 2, "d": 4, "f": 5, "e1": 6}),
        ),
        ("[.[] | select(. > 1)]", json!([1, 2, 3]), json!([2, 3])),
        ("map(.x) | add", json!([{"x": 1}, {"x": 2.5}]), json!(3.5)),
        ("map(.x) | add", json!([]), Value::Null),
        ("to_entries | map(.key)", json!({"a": 1, "b": 2}), json!(["a", "b"])),
        ("with_entries(.value += 1)", json!({"a": 1}), json!({"a": 2})),
        ("[.[] | ascii_downcase] | join(\"-\")", json!(["A", "B"]), json!("a-b")),
        ("join(\",\")", json!(["a", null, 1, true]), json!("a,,1,true")),
        ("split(\":\") | last", json!("a:b:c"), json!("c")),
        ("index(\"b\")", json!(["a", "b"]), json!(1)),
        ("[\"x\", \"y\"] | index($env.nothing) // \"none\"", Value::Null, json!("none")),
        ("min_by(.t).n, max_by(.t).n | tostring", json!([]), json!("null")),
        ("sort_by(.t) | map(.n)", json!([{"t": 2, "n": "b"}, {"t": 1, "n": "a"}]), json!(["a", "b"])),
        ("group_by(.t) | map(length)", json!([{"t": 2}, {"t": 1}, {"t": 2}]), json!([1, 2])),
        ("unique_by(.t) | length", json!([{"t": 2}, {"t": 1}, {"t": 2}]), json!(2)),
        ("flatten", json!([1, [2, [3]]]), json!([1, 2, 3])),
        ("any(.[]; . == 2), all(. < 9) | not", json!([1, 2]), json!(false)),
        ("first(.[] | select(. > 1)) // null", json!([1, 2, 3]), json!(2)),
        ("try (.a | tonumber) catch null", json!({"a": "x"}), Value::Null),
        ("\"12\" | tonumber", Value::Null, json!(12)),
        ("if .a == \"x\" then 1 elif .a == \"y\" then 2 else 3 end", json!({"a": "y"}), json!(2)),
        ("def f($x): . + $x; f(2) | f(3)", json!(1), json!(6)),
        (". as {a: $x, b: [$y]} | $x + $y", json!({"a": 1, "b": [2]}), json!(3)),
        ("ltrimstr(\"a\") | rtrimstr(\"c\")", json!("abc"), json!("b")),
        ("ltrimstr(\"a\")", json!(5), json!(5)),
        (".[1:3]", json!("abcd"), json!("bc")),
        (".[-1]", json!([1, 2]), json!(2)),
        (".a |= . + 1 | .b = 5 | del(.c)", json!({"a": 1, "c": 1}), json!({"a": 2, "b": 5})),
        ("length", json!("äb"), json!(2)),
        ("7 / 2, 6 / 2 | floor", json!(0), json!(3)),
        ("(1678004284.568 * 1000) | round", json!(0), json!(1_678_004_284_568_i64)),
        ("has(\"a\"), has(\"b\") | not", json!({"a": 1}), json!(false)),
        ("contains({a: [1]})", json!({"a": [1, 2], "b": 3}), json!(true)),
        ("type", json!(1.5), json!("number")),
        ("fromjson.a", json!("{\"a\": 1}"), json!(1)),
        ("tojson", json!({"a": [1, "x"]}), json!("{\"a\":[1,\"x\"]}")),
        ("$env.time", Value::Null, json!(1)),
        ("@text \"\\(1)\" + @json", json!("x"), json!("1\"x\"")),
        (".a[\"b.c\"]", json!({"a": {"b.c": 1}}), json!(1)),
        ("[limit(2; .[])]", json!([1, 2, 3]), json!([1, 2])),
        (". - [1]", json!([1, 2, 1]), json!([2])),
        ("abs", json!(-3), json!(3)),
    ] {
        let outputs = run(code, &item).unwrap_or_else(|error| panic!("{code}: {error}"));
        assert_eq!(outputs.first(), Some(&expected), "{code}: {outputs:?}");
    }
}

#[test]
fn what_a_condition_does_not_let_through_stays_when_it_is_changed() {
    let all = json!([null, true, 1, 1.5, "x", [2], {"a": 3}]);
    for (code, item, expected) in [
        ("[null, true, false, (null | not), (0 | not)]", Value::Null, json!([null, true, false, true, false])),
        ("[.[] | values]", all.clone(), json!([true, 1, 1.5, "x", [2], {"a": 3}])),
        ("[.[] | nulls]", all.clone(), json!([null])),
        ("[.[] | booleans]", all.clone(), json!([true])),
        ("[.[] | numbers]", all.clone(), json!([1, 1.5])),
        ("[.[] | strings]", all.clone(), json!(["x"])),
        ("[.[] | arrays]", all.clone(), json!([[2]])),
        ("[.[] | objects]", all.clone(), json!([{"a": 3}])),
        ("[.[] | scalars]", all.clone(), json!([null, true, 1, 1.5, "x"])),
        ("[.[] | iterables]", all.clone(), json!([[2], {"a": 3}])),
        ("[.[] | tostring]", all, json!(["null", "true", "1", "1.5", "x", "[2]", "{\"a\":3}"])),
        ("[.[] | select((. > 1), (. > 2), empty)]", json!([1, 2, 3]), json!([2, 3, 3])),
        ("[.[] | try select(tojson | .a) catch \"no\"]", json!([1]), json!(["no"])),
        ("[path(.[] | select(. > 1))]", json!([1, 2]), json!([[1]])),
        ("[path(.[] | strings, empty)]", json!([1, "x"]), json!([[1]])),
        ("(.[] | select(. > 1)) |= . + 1", json!([1, 2]), json!([1, 3])),
        ("(.[] | strings) |= . + \"y\"", json!([1, "x"]), json!([1, "xy"])),
        ("(.[] | empty) |= 1", json!([2]), json!([2])),
        ("[index(\"b\"), rindex(\"b\"), index(\"c\")]", json!("abab"), json!([1, 3, null])),
    ] {
        assert_eq!(one(code, &item), expected, "{code}");
    }
}

#[test]
fn an_object_that_is_made_member_by_member_is_the_same_as_one_that_is_made_at_once() {
    for (code, expected) in [
        ("{a: [[1]], b: \"x\"} + {a: 1}", json!({"a": 1, "b": "x"})),
        ("{a: [[1]]} + {a: [[2]], c: {d: 1}} + {c: null}", json!({"a": [[2]], "c": null})),
        (". + {b: 2}", json!({"a": {"b": {"c": 1}}, "b": 2})),
        // The object itself stays as it was.
        ("(. + {a: 2}) as $other | .", json!({"a": {"b": {"c": 1}}})),
    ] {
        assert_eq!(one(code, &json!({"a": {"b": {"c": 1}}})), expected, "{code}");
    }
    // The size of what a member replaces is given back, and so is its depth.
    let deep = (0..90).fold(json!(1), |inside, _| json!([inside]));
    let large = "x".repeat(500_000);
    let item = json!({"deep": deep, "large": large});
    let replaced = "{a: .large} + {a: 1} + {b: .large} | {c: .b}";
    assert_eq!(run(replaced, &item).unwrap(), [json!({"c": large})]);
    let flat = "{a: .deep} + {a: 1} | [[[[[[[.]]]]]]] | length";
    assert_eq!(run(flat, &item).unwrap(), [json!(1)]);
    let twice = "{a: .large} + {b: .large} + {c: .large} | 1";
    assert!(run(twice, &item).unwrap_err().contains("more than 1 MB"));
}

#[test]
fn a_program_that_need_not_end_is_refused_with_its_place() {
    for (code, line, column, text) in [
        (".a\n| ..", 2, 3, "`..` is not available, because its size depends on the item. Name the path"),
        ("reduce .[] as $x (0; . + $x)", 1, 1, "`reduce` is not available."),
        ("{a: [.[] | foreach . as $x (0; 1)]}", 1, 12, "`foreach` is not available."),
        ("def f: f; f", 1, 8, "`f` calls itself"),
        ("def f: def g: f; g; f", 1, 15, "`f` calls itself"),
        ("def f(x): x | f(x); f(.)", 1, 15, "`f` calls itself"),
        ("[range(10)]", 1, 2, "`range` with 1 argument is not a function of mappings. Mappings have no loops."),
        (
            "test(\"x\")",
            1,
            1,
            "`test` with 1 argument is not a function of mappings. Mappings have no regular expressions.",
        ),
        ("now", 1, 1, "`now` with 0 arguments is not a function of mappings. A mapping sees one item"),
        ("error(\"x\")", 1, 1, "`error` with 1 argument is not"),
        ("$nothing", 1, 1, "the variable `$nothing` is not defined"),
        (".a |", 1, 5, "term is expected here"),
        ("{a: (1}", 1, 7, "a closing parenthesis is missing here"),
        ("include \"x\"; .", 1, 1, "`include` and `import` are not available"),
        (".a . b\n.c }", 2, 4, "this is not expected here"),
    ] {
        let problem = Program::checked(code).expect_err(code);
        assert!(problem.text.starts_with(text), "{code}: {}", problem.text);
        assert_eq!((problem.line, problem.column), (line, column), "{code}: {}", problem.text);
    }
}

#[test]
fn a_program_that_multiplies_itself_is_refused() {
    let mut code = "def f0: ., .; ".to_owned();
    for n in 1..40 {
        code.push_str(&format!("def f{n}: f{} | f{}; ", n - 1, n - 1));
    }
    let problem = Program::checked(&format!("{code} [f39]")).unwrap_err();
    assert!(problem.text.contains("steps"), "{}", problem.text);
    assert!(Program::checked("def f(x): x | x; [f(f(f(., .)))]").is_ok());
}

#[test]
fn a_run_that_grows_is_stopped() {
    let many = json!((0..20_000).collect::<Vec<_>>());
    for (code, item, problem) in [
        ("[.[] as $x | .[] | . + $x] | length", &many, "makes a value of more than 1 MB"),
        ("[.[] as $x | .[] | empty]", &many, "takes too many steps"),
        ("any(.[] as $x | .[]; false)", &many, "takes too many steps"),
        ("sort_by(. as $x | [0] | length) | map(tojson) | group_by(.) | map(sort_by(.)) | length", &many, ""),
        (
            "[., .] | [., .] | [., .] | [., .] | [., .] | [., .] | [., .] | [., .] | length",
            &many,
            "makes a value of more than 1 MB",
        ),
        ("tojson | . + . | . + . | . + . | . + . | . + . | . + . | length", &many, "makes a value of more than 1 MB"),
        ("def d: [., .]; def e: d | d | d | d; def g: e | e | e | e; g | g | . == .", &json!(1), "makes a value"),
        (
            "def d: [.]; def e: d | d | d | d; def g: e | e | e | e; def h: g | g | g | g; h | h",
            &json!(1),
            "makes a value of it that is nested",
        ),
        ("try [.[] as $x | .[] | . + $x] catch 1", &many, "makes a value of more than 1 MB"),
        ("[.[] as $x | .[]? | .a? // empty]", &many, "takes too many steps"),
    ] {
        match run(code, item) {
            Err(error) => assert!(error.contains(problem), "{code}: {error}"),
            Ok(outputs) => assert_eq!(problem, "", "{code}: {} outputs", outputs.len()),
        }
    }
}

#[test]
fn a_failure_repeats_nothing_of_the_item() {
    let item = json!({"a": "Ada Lovelace", "b": ["Ada"]});
    for code in [".a.b", ".a + 1", ".a | tonumber", ".b | keys | .[0].x", "{(.b): 1}", ".a[]", ".b | ascii_downcase"] {
        let error = run(code, &item).expect_err(code);
        assert!(!error.contains("Ada"), "{code}: {error}");
        assert!(error.starts_with("the mapping fails on it: "), "{code}: {error}");
    }
}

#[test]
fn times_are_read_in_the_notations_of_vendors() {
    let at = json!(1_772_698_580_450_i64);
    let second = json!(1_772_698_580_000_i64);
    for (code, item, expected) in [
        ("time", json!("2026-03-05T08:16:20.450Z"), &at),
        ("time", json!("2026-03-05 08:16:20.450123456789"), &at),
        ("time", json!("2026-03-05T09:16:20,45+01:00"), &at),
        ("time", json!(1_772_698_580_450_i64), &at),
        ("time", json!(1.772_698_580_450_1E12), &at),
        ("time", json!("1.77269858045E12"), &at),
        ("time", json!("1772698580450"), &at),
        ("time", json!(1_772_698_580.45), &at),
        ("time", json!(1_772_698_580_450_000_i64), &at),
        ("time", json!(1_772_698_580_450_000_000_i64), &at),
        ("time", json!({"seconds": "1772698580", "nanos": 450_000_000}), &at),
        ("time", json!("Thu, 05 Mar 2026 08:16:20 +0000"), &second),
        // The wrong day of the week.
        ("time", json!("Mon, 05 Mar 2026 08:16:20 GMT"), &second),
        ("time(\"Europe/Berlin\")", json!("2026-03-05T09:16:20.45"), &at),
        ("time(\"America/New_York\")", json!("2026-03-05T03:16:20.45"), &at),
        ("time(\"America/New_York\")", json!("2026-03-05T08:16:20.45Z"), &at),
        // The clocks show this hour twice; the first one counts. They skip this one. These rules are for decades to come.
        ("time(\"Europe/Berlin\")", json!("2026-10-25T02:30:00"), &json!(1_792_888_200_000_i64)),
        ("time(\"Europe/Berlin\")", json!("2026-03-29T02:30:00"), &json!(1_774_747_800_000_i64)),
        ("time(\"Europe/Berlin\")", json!("2061-07-01T12:00:00"), &json!(2_887_437_600_000_i64)),
        ("time(\"Australia/Lord_Howe\")", json!("2026-10-04T02:15:00"), &json!(1_791_042_300_000_i64)),
        ("parse_time(\"%H:%M:%S%.3f %Z %a %b %d %Y\")", json!("08:16:20.450 UTC Mon Mar 05 2026"), &at),
        ("parse_time(\"%m/%d/%Y %H:%M:%S%.f\"; \"America/Chicago\")", json!("03/05/2026 02:16:20.45"), &at),
        ("time | plus_s(0.45)", json!("2026-03-05T08:16:20Z"), &at),
        ("time | plus_ms(\"450\")", json!("2026-03-05T08:16:20Z"), &at),
        ("time | plus_s(null)", json!("2026-03-05T08:16:20Z"), &Value::Null),
        ("time", json!("1970-01-01T00:00:00.001Z"), &Value::Null),
        ("time", json!(0), &Value::Null),
        ("time", json!(""), &Value::Null),
        ("time", json!("soon"), &Value::Null),
        ("time", json!("12025550143"), &Value::Null),
        ("time", json!("003515214916425"), &Value::Null),
        ("time", json!("00351521491.5"), &Value::Null),
        ("time", json!({"seconds": "003515214916"}), &Value::Null),
        ("parse_time(\"%s\")", json!("001772698580"), &Value::Null),
        ("parse_time(\"%s\")", json!("1772698580"), &second),
        ("time(\"Nowhere/Land\")", json!("2026-03-05T08:16:20"), &Value::Null),
    ] {
        assert_eq!(one(code, &item), *expected, "{code} {item}");
    }
}

#[test]
fn ids_and_sip_are_read_in_the_notations_of_vendors() {
    for (code, item, expected) in [
        ("id(\"twilio.call\")", json!(" CA1 "), json!("twilio.call:CA1")),
        ("id(\"dialpad.call\")", json!(5_600_000_000_000_001_i64), json!("dialpad.call:5600000000000001")),
        ("id(\"dialpad.call\")", json!(5.6e15), json!("dialpad.call:5600000000000000")),
        ("id(\"x.y\")", json!(""), Value::Null),
        ("id(\"x.y\")", json!("undefined"), Value::Null),
        ("id(\"x.y\")", Value::Null, Value::Null),
        ("uui", json!("0054686973206973206d792064617461"), json!("This is my data")),
        (
            "uui",
            json!("0054686973206973206d792064617461;encoding=hex;pd=04"),
            json!("0054686973206973206d792064617461"),
        ),
        ("uui", json!("00546869732069732064617461;encoding=hex"), json!("This is data")),
        ("uui", json!("546869732069732064617461;pd=00;encoding=hex"), json!("This is data")),
        ("uui", json!("279c39cf15fa48e9b435f9667f4f96ba"), json!("279c39cf15fa48e9b435f9667f4f96ba")),
        ("uui", json!("04279c39cf15fa48e9b435f9667f4f96ba;encoding=hex"), json!("279c39cf15fa48e9b435f9667f4f96ba")),
        (
            "uui",
            json!("04279c39cf15fa48e9b435f9667f4f96ba%3Bencoding%3Dhex"),
            json!("279c39cf15fa48e9b435f9667f4f96ba"),
        ),
        ("uui", json!("{\"a\":1;2};encoding=ascii"), json!("{\"a\":1;2}")),
        ("uui", json!("order-7;encoding=hex"), Value::Null),
        ("uui", json!("0068656c6c6f;encoding=hex,0074686572;encoding=hex"), Value::Null),
        ("uui", json!("order-7"), json!("order-7")),
        ("uui", json!("00ab, 00cd"), Value::Null),
        ("sip_user", json!("\"Ada\" <sip:+12025550143@sbc.example.com;user=phone>;tag=1"), json!("+12025550143")),
        ("sip_user", json!("tel:+12025550143;ext=2"), json!("+12025550143")),
        ("sip_user", json!("sip:sbc.example.com"), json!("sbc.example.com")),
        ("sip_host", json!("<sips:a@[2001:db8::1]:5061>"), json!("2001:db8::1")),
        ("sip_host", json!("sip:a@sbc.example.com:5060;transport=tcp"), json!("sbc.example.com")),
        (
            "traceparent_id",
            json!("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            json!("0af7651916cd43dd8448eb211c80319c"),
        ),
        ("traceparent_id", json!("00-00000000000000000000000000000000-b7ad6b7169203331-01"), Value::Null),
        ("after_last(\"/\")", json!("arn:aws:connect:eu:1:instance/i/contact/c-1"), json!("c-1")),
        ("before_last(\"@\")", json!("a@b"), json!("a")),
        ("any_case(\"x-inin-cnv\")", json!({"X-Inin-Cnv": 1}), json!(1)),
        ("any_case(\"a\")", json!({"A": 1, "a": 2}), json!(2)),
        ("any_case(\"b\")", json!({"a": 1}), Value::Null),
        ("any_case(\"b\")", json!([1]), Value::Null),
        ("bare", json!("Call-ID of_leg"), json!("callidofleg")),
        ("bare_keys", json!({"Call_Sid": {"A_b": 1}, "to": 2}), json!({"callsid": {"A_b": 1}, "to": 2})),
        ("bare_keys", json!("x"), Value::Null),
        ("named([\"a\", \"b\", \"c\"])", json!([1, 2]), json!({"a": 1, "b": 2, "c": null})),
        ("named([\"a\"])", json!([1, 2]), json!({"a": 1})),
        ("named([\"a\"])", json!("x"), Value::Null),
        ("cells", json!("STOP, \"SIP,a@b,\"\"c\"\"\",,null,7"), json!(["STOP", "SIP,a@b,c", null, null, "7"])),
        ("cells", json!(7), Value::Null),
        ("texts(\"\")", json!([" a ", null, 7, "undefined", {}]), json!(["a", "", "7", "", ""])),
        ("texts(null)", json!(["", "b"]), json!([null, "b"])),
        ("beginning(\"SIP\")", json!(["SIP,a", null, 7, "TCP", "SIP"]), json!(["SIP,a", "SIP"])),
        (
            "headers",
            json!("INVITE sip:x SIP/2.0\r\nCall-ID : a:b\r\ncall-id: c\r\nTo:\r\nodd\r\n\r\nm: audio"),
            json!({"call-id": "a:b", "to": null, "odd": null}),
        ),
        ("headers", json!(""), json!({})),
        ("headers", Value::Null, Value::Null),
        (
            "otlp_attributes",
            json!([
                {"key": "a", "value": {"stringValue": "x"}}, {"key": "b", "value": {"boolValue": false}},
                {"key": "c", "value": {"intValue": "7"}}, {"key": "a", "value": {"doubleValue": 1.5}},
                {"key": "d", "value": {"arrayValue": {}}}, {"key": "e", "value": 1}, 7, {"value": {"stringValue": "y"}},
            ]),
            json!({"a": 1.5, "b": false, "c": "7", "d": null, "-": "y"}),
        ),
        ("otlp_attributes", json!("x"), json!({})),
        ("first_of([\"a\", \"b\", \"c\"])", json!({"a": null, "b": false, "c": "", "d": 1}), json!("")),
        ("first_of([\"b\", \"a\"])", json!({"a": 1, "b": 2}), json!(2)),
        ("first_of([\"a\"])", json!({"a": false}), Value::Null),
        ("first_of([\"a\"])", json!(["a"]), Value::Null),
        ("first_of(\"a\")", json!({"a": 1}), Value::Null),
        ("first_text([\"a\", \"b\", \"c\"])", json!({"a": " ", "b": "none", "c": 7}), json!("7")),
        ("first_text([\"a\"])", json!({"a": {}}), Value::Null),
        (
            "pairs",
            json!("\tA-b = Stop\r\n c=\"\"Ada\" <sip:x>;tag=1\"\nodd\n= y\nd = null\ne = 1\ne = 2"),
            json!({"A-b": "Stop", "c": "\"Ada\" <sip:x>;tag=1", "": "y", "d": null, "e": "2"}),
        ),
        ("pairs", json!(7), Value::Null),
        ("to_entries", json!(["x"]), json!([{"key": 0, "value": "x"}])),
        (
            "from_entries",
            json!([{"k": "a", "v": 1}, {"name": false, "Key": 2, "value": null}, {}]),
            json!({"a": 1, "2": null, "null": null}),
        ),
        // Constants are made once, in every place where they may stand.
        ("{\"a\": [1, null]}[.]", json!("a"), json!([1, null])),
        ("def words: [\"a\", \"b\"]; words | index(\"b\")", Value::Null, json!(1)),
        ("{a: {\"x\": 1}} | .a.x += 1", Value::Null, json!({"a": {"x": 2}})),
        ("from_json.a", json!("{\"a\": 1}"), json!(1)),
        ("from_json", json!("{"), Value::Null),
        ("from_json.a", json!({"a": 1}), json!(1)),
        ("text", json!(" a "), json!("a")),
    ] {
        assert_eq!(one(code, &item), expected, "{code} {item}");
    }
}
