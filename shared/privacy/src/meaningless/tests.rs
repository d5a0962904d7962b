use super::*;

#[test]
fn placeholder_words_are_known_in_every_spelling() {
    for value in [
        "",
        " ",
        "\u{200b}",
        "-",
        "--",
        ".",
        "?",
        "***",
        "{}",
        "[]",
        "\"\"",
        "''",
        "null",
        "NULL",
        "Nil",
        "undefined",
        "none",
        "None",
        "NaN",
        "n/a",
        "N/A",
        "#N/A",
        "na",
        "unknown",
        "Unknown",
        "anonymous",
        "test",
        "TEST",
        "default",
        "private",
        "withheld",
        "restricted",
        "unavailable",
        "blocked",
        "not set",
        "not_set",
        "NOT-SET",
        "NotSet",
        "0",
        "00",
        "000000",
        "0.0",
        "false",
        "True",
        "\"null\"",
        "'undefined'",
        "(null)",
        "<null>",
        "[none]",
        "[object Object]",
        "undefined undefined",
        "null-null",
        "undefined.undefined",
        "null@null",
        " nu\u{200b}ll ",
        "\u{feff}undefined",
        "ｎｕｌｌ",
        "anonymous@anonymous.invalid",
        "sip:anonymous@anonymous.invalid",
        "<sip:Anonymous@10.0.0.1>",
        "unknown@example.com",
        "sip:unavailable",
        "case-undefined",
        "-1",
        "no_case",
        "No session",
        "N/A - N/A",
        "#REF!",
        "System.Object",
        "CA00000000000000000000000000000000",
        "user_null",
        "caseId=null",
        "null;remote=null",
        "0000;remote=0000",
        "mailto:null@example.com",
        "NotAvailable",
        "not-available",
        "(blank)",
        "Nothing",
        "\\N",
        "s/n",
        "k.A.",
        "sin número",
        "keine",
        "aucun",
        "なし",
        "未知",
        "нет",
        "empty string",
        "missing id",
        "unknown_case",
        "test session",
        "<sip:anonymous@anonymous.invalid>;tag=1",
        "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1",
        "java.lang.NullPointerException",
        "deadbeef",
        "DEADBEEF-DEAD-BEEF-DEAD-BEEFDEADBEEF",
    ] {
        assert!(is_meaningless(value), "{value:?}");
    }
}

#[test]
fn ids_of_one_character_and_sequences_are_fillers() {
    for value in [
        "00000000-0000-0000-0000-000000000000",
        "{00000000-0000-0000-0000-000000000000}",
        "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        "ffffffffffffffffffffffffffffffff",
        "00000000000000000000000000000000",
        "0000000000000000",
        "urn:uuid:00000000-0000-0000-0000-000000000000",
        "11111111-1111-1111-1111-111111111111",
        "11111111-2222-3333-4444-555555555555",
        "12345678-1234-1234-1234-123456789012",
        "12345678-1234-1234-1234-123456789abc",
        "0x0",
        "999",
        "9999999999",
        "xxx",
        "XX",
        "aaaaaaaa",
        "1234567890",
        "0123456789",
        "0987654321",
        "٠٠٠٠",
        "００００",
    ] {
        assert!(is_meaningless(value), "{value:?}");
    }
}

#[test]
fn templates_that_were_never_filled_are_known() {
    for value in [
        "{{case_id}}",
        "{{ case.id }}",
        "case-{{id}}",
        "${id}",
        "sess_${session.id}",
        "#{id}",
        "%{id}",
        "$(id)",
        "%s",
        "case-%s",
        "%d",
        "%1$s",
        "%(id)s",
        "<id>",
        "<case id>",
        "<%= id %>",
        "{id}",
        "{0}",
        "/accounts/{id}",
        "[caseId]",
        "%CASE_ID%",
        "$caseId",
        "$.Attributes.caseId",
        ":id",
        "\"{{id}}\"",
        "__ID__",
    ] {
        assert!(is_meaningless(value), "{value:?}");
    }
}

#[test]
fn real_ids_are_not_placeholders() {
    for value in [
        "1",
        "7",
        "10",
        "42",
        "1001",
        "00001026",
        "123456",
        "a",
        "a1",
        "s-81f2",
        "500Hs00001abcde",
        "4711",
        "call-0",
        "00000000-0000-4000-8000-000000000001",
        "279c39cf-15fa-48e9-b435-f9667f4f96ba",
        "6efd5506-3fd6-49a1-8a51-000000000001",
        "{279c39cf-15fa-48e9-b435-f9667f4f96ba}",
        "0af7651916cd43dd8448eb211c80319c",
        "<CAF=abc123@mail.example.com>",
        "nina",
        "anna",
        "nullable-7",
        "test-17",
        "Private Road 5",
        "a84b4c76e66710@gandalf.example.com",
        "%2B4420%da",
        "CA7f3a9b1c2d4e5f60718293a4b5c6d7e8",
        "Ada Lovelace",
        "+447700900123",
        "null7f3a9b",
        "Case",
        "session",
        "nein",
        "s-n7",
        "exception-7",
        "deadbeef01",
        "data",
        "no-77",
        "null-7f3a",
        "0000;remote=7f3a9b1c",
    ] {
        assert!(!is_meaningless(value), "{value:?}");
    }
}

#[test]
fn a_part_may_have_the_name_of_a_placeholder() {
    for value in ["0", "test", "default", "private", "unknown", "1234567"] {
        assert!(!is_absent(value), "{value:?}");
    }
    for value in ["", "null", "undefined", "n/a", "[object Object]", "00000000-0000-0000-0000-000000000000", "{{id}}"] {
        assert!(is_absent(value), "{value:?}");
    }
}

#[test]
fn digits_of_withheld_callers_are_known() {
    for digits in [
        "266696687",
        "7378742833",
        "86282452253",
        "10000000000",
        "0000000000",
        "2562533",
        "8566696",
        "8656696",
        "7748283",
        "94844353",
        "944843353",
        "440000000000",
        "9999999999",
        "19999999999",
        "11111111111",
        "1234567890",
        "11234567890",
        "12345678901",
        "0123456789",
        "0987654321",
        "1234567",
    ] {
        assert!(is_withheld(digits), "{digits}");
    }
    for digits in [
        "12025550143",
        "447700900123",
        "442079460958",
        "18888888888",
        "447777777777",
        "17378742833",
        "80012345678",
        "441234567890",
        "4420000000",
        "10000000001",
    ] {
        assert!(!is_withheld(digits), "{digits}");
    }
}

#[test]
fn a_source_adds_values_of_its_own() {
    let placeholders = Placeholders::with(["CASE-LESS", "+1 555 000 1111", "-"]);
    assert!(placeholders.is_meaningless("case less") && placeholders.is_meaningless("null"));
    assert!(placeholders.is_withheld("+1 555 000 1111"));
    assert!(!placeholders.is_meaningless("case-1") && !Placeholders::default().is_meaningless("case less"));
}

#[test]
fn placeholders_of_other_languages_and_habits_are_known() {
    for value in [
        "desconhecido",
        "Sconosciuto",
        "okänd",
        "UKENDT",
        "tuntematon",
        "nieznany",
        "neznámý",
        "неизвестный",
        "άγνωστος",
        "bilinmiyor",
        "không xác định",
        "ไม่ทราบ",
        "अज्ञात",
        "알 수 없음",
        "غير معروف",
        "לא ידוע",
        "未知の",
        "Anónimo",
        "kein Wert",
        "keine Angabe",
        "leer",
        "vide",
        "vacío",
        "nenhum",
        "žádný",
        "yok",
        "пусто",
        "空白",
        "未設定",
        "nicht gefunden",
        "Nicht verfügbar",
        "non disponible",
        "sin datos",
        "N/D",
        "n.d.",
        "s/d",
        "1970-01-01",
        "1970-01-01T00:00:00.001Z",
        "0001-01-01T00:00:00",
        "9999-12-31",
        "31/12/9999",
        "caseId",
        "case_id",
        "CRM Case",
        "TaskID",
        "id",
        "+10000000000",
        "testing",
        "asdf",
        "lorem ipsum",
        "該当なし",
        "暂无",
        "해당 없음",
        "غير متوفر",
        "không có",
        "ไม่มี",
        "нет данных",
        "н/д",
        "n.v.t.",
        "brak danych",
        "Bitte wählen",
        "-- select --",
        "N/A (phone)",
        "CASE-00000",
        "500000000000000AAA",
        "CAxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "CAffffffffffffffffffffffffffffffff",
        "CallSid",
        "journey_ref",
        "6e756c6c",
        "756E646566696E6564",
        "00;encoding=hex",
        "java.lang.Object",
        "12345678-1234-5678-1234-567812345678",
    ] {
        assert!(is_meaningless(value), "{value}");
    }
    for value in [
        "1970-01-02",
        "CASE-1970-01-01-7",
        "case-4711",
        "Angabe 7",
        "order 12",
        "idee",
        "ND-4711",
        "+12025550143",
        "404",
        "case-100",
        "500RM0000000001AAA",
        "CAfedcba9876543210fedcba9876543210",
        "0054686973;encoding=hex",
        "select-4711",
    ] {
        assert!(!is_meaningless(value), "{value}");
    }
}
