//! The list of placeholder values: values that identify nothing and nobody. It does not know where a value comes from.
//!
//! Such a value would join all customers without a real value. All readers of ids and numbers use this list.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::characters;

/// Words for the absence of a value, as programs write them.
const NOTHING: &[&str] = &[
    "array",
    "blank",
    "empty",
    "infinity",
    "missing",
    "na",
    "nan",
    "nil",
    "none",
    "nothing",
    "notset",
    "nul",
    "null",
    "undef",
    "undefined",
    "unset",
    "void",
];

/// Words for a value that is hidden, unknown or not real.
const NOBODY: &[&str] = &[
    "anon",
    "anonimo",
    "anonym",
    "anonyme",
    "anonymous",
    "anónimo",
    "asdf",
    "aucun",
    "aucune",
    "belirtilmemiş",
    "bilinmiyor",
    "blocked",
    "boş",
    "brak",
    "chưacó",
    "clir",
    "default",
    "desconhecida",
    "desconhecido",
    "desconocida",
    "desconocido",
    "dummy",
    "error",
    "example",
    "false",
    "foobar",
    "geen",
    "guest",
    "hidden",
    "inconnu",
    "inconnue",
    "ingen",
    "ingenting",
    "inget",
    "invalid",
    "kein",
    "keine",
    "khôngcó",
    "khôngxácđịnh",
    "leeg",
    "leer",
    "lege",
    "loremipsum",
    "masqué",
    "nada",
    "nenhum",
    "nenhuma",
    "nessuno",
    "neznámé",
    "neznámý",
    "nichts",
    "niente",
    "niets",
    "nieznane",
    "nieznany",
    "niks",
    "ninguna",
    "ninguno",
    "nix",
    "no",
    "nobody",
    "notfound",
    "nula",
    "nulla",
    "nullo",
    "nulo",
    "nvt",
    "oculto",
    "ohne",
    "okänd",
    "okänt",
    "onbekend",
    "payphone",
    "placeholder",
    "privado",
    "privat",
    "private",
    "privato",
    "privé",
    "prázdný",
    "puste",
    "qwerty",
    "restricted",
    "rien",
    "sample",
    "sconosciuta",
    "sconosciuto",
    "select",
    "senza",
    "suppressed",
    "tba",
    "tbc",
    "tbd",
    "test",
    "testing",
    "todo",
    "true",
    "tuntematon",
    "ukendt",
    "ukjent",
    "unassigned",
    "unavailable",
    "unbekannt",
    "unknown",
    "unspecified",
    "unterdrückt",
    "vacio",
    "vacío",
    "vazio",
    "vide",
    "vuoto",
    "withheld",
    "yes",
    "yok",
    "žádný",
    "άγνωστο",
    "άγνωστος",
    "δενυπάρχει",
    "невідомо",
    "недоступно",
    "неизвестен",
    "неизвестная",
    "неизвестно",
    "неизвестный",
    "нет",
    "ничего",
    "пусто",
    "לאזמין",
    "לאידוע",
    "غيرمتوفر",
    "غيرمعروف",
    "لايوجد",
    "अज्ञात",
    "कोईनहीं",
    "ไม่ทราบ",
    "ไม่มี",
    "なし",
    "不明",
    "不适用",
    "不適用",
    "公衆電話",
    "匿名",
    "无",
    "暂无",
    "暫無",
    "未入力",
    "未指定",
    "未知",
    "未知の",
    "未設定",
    "未設置",
    "未设置",
    "沒有",
    "没有",
    "無",
    "無し",
    "空",
    "空白",
    "表示圏外",
    "該当なし",
    "該当無し",
    "非通知",
    "미정",
    "알수없음",
    "없음",
    "해당없음",
];

/// Nouns for the missing thing, as in `unknown case` and `missing id`.
const NOUNS: &[&str] = &[
    "account",
    "angabe",
    "call",
    "caller",
    "cas",
    "case",
    "caso",
    "client",
    "cliente",
    "code",
    "contact",
    "conversation",
    "crm",
    "customer",
    "daten",
    "dati",
    "datos",
    "données",
    "eintrag",
    "email",
    "fall",
    "guid",
    "id",
    "interaction",
    "journey",
    "key",
    "kunde",
    "name",
    "number",
    "numero",
    "nummer",
    "numéro",
    "número",
    "order",
    "phone",
    "ref",
    "reference",
    "rufnummer",
    "session",
    "string",
    "task",
    "telefon",
    "ticket",
    "trace",
    "user",
    "uuid",
    "valeur",
    "valor",
    "valore",
    "value",
    "vorgang",
    "waarde",
    "wert",
];

/// Placeholder texts that contain other characters than letters: SQL's `NULL` in a dump, *sin número*, *keine Angabe*.
const TEXTS: &[&str] = &["-1", "\\n", "s/n", "k.a.", "k. a."];

/// Dates that databases and programs write for none.
const DATES: &[[&str; 3]] = &[
    ["0001", "01", "01"],
    ["1753", "01", "01"],
    ["1900", "01", "01"],
    ["1970", "01", "01"],
    ["9999", "12", "31"],
    ["01", "01", "0001"],
    ["01", "01", "1900"],
    ["01", "01", "1970"],
    ["31", "12", "9999"],
    ["12", "31", "9999"],
];

/// Ids that documentation uses as examples.
const EXAMPLES: &[&str] = &["12345678123456781234567812345678"];

/// Hexadecimal words that programs fill memory with, and `null`, `none` and `undefined` in hexadecimal digits.
const HEX_WORDS: &[&str] =
    &["4e554c4c", "6e6f6e65", "6e756c6c", "756e646566696e6564", "baadf00d", "cafebabe", "deadbeef", "feedface"];

/// Placeholders of several words.
const PHRASES: &[&str] = &[
    "anonymous caller",
    "anonymous user",
    "bitte auswählen",
    "bitte wählen",
    "brak danych",
    "caller id blocked",
    "ei saatavilla",
    "ej tillgänglig",
    "id unavailable",
    "id unknown",
    "ikke tilgængelig",
    "invalid date",
    "java lang object",
    "keine auswahl",
    "lorem ipsum",
    "n a",
    "n d",
    "n v",
    "n v t",
    "není k dispozici",
    "nicht angegeben",
    "nicht gefunden",
    "nicht verfügbar",
    "nicht vorhanden",
    "nicht zutreffend",
    "nie dotyczy",
    "niet bekend",
    "niet beschikbaar",
    "niet van toepassing",
    "no aplica",
    "no caller id",
    "no case",
    "no data",
    "no definido",
    "no disponible",
    "no especificado",
    "no id",
    "no number",
    "no value",
    "non applicabile",
    "non applicable",
    "non definito",
    "non disponibile",
    "non disponible",
    "non défini",
    "non renseigné",
    "none selected",
    "not applicable",
    "not assigned",
    "not available",
    "not defined",
    "not found",
    "not known",
    "not provided",
    "not set",
    "not specified",
    "não disponível",
    "não informado",
    "não se aplica",
    "object null",
    "object object",
    "object undefined",
    "out of area",
    "please select",
    "private caller",
    "private number",
    "s d",
    "s o",
    "sans objet",
    "select one",
    "sin datos",
    "sin numero",
    "sin número",
    "sin valor",
    "system object",
    "test test",
    "to be defined",
    "to be determined",
    "unknown caller",
    "unknown number",
    "unknown user",
    "wireless caller",
    "withheld number",
    "н д",
    "нет данных",
];

/// Words that telephone systems spell on a keypad where a caller's number is withheld.
const SPELT: &[&str] = &[
    "anonymous",
    "blocked",
    "confidential",
    "invalid",
    "nocallerid",
    "notavailable",
    "outofarea",
    "private",
    "prohibited",
    "privatecaller",
    "privatenumber",
    "restricted",
    "suppressed",
    "unavailable",
    "unknown",
    "unknowncaller",
    "unknownnumber",
    "unlisted",
    "withheld",
];

/// Digits that platforms send for withheld callers and that spell no word exactly.
const SENT: &[&str] = &["8566696", "944843353"];

/// Brackets and quotes that may surround a value.
const PAIRS: &[(char, char)] = &[
    ('"', '"'),
    ('\'', '\''),
    ('`', '`'),
    ('\u{201c}', '\u{201d}'),
    ('\u{2018}', '\u{2019}'),
    ('\u{ab}', '\u{bb}'),
    ('(', ')'),
    ('[', ']'),
    ('{', '}'),
    ('<', '>'),
];

/// Placeholder values of one source, in addition to the general list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placeholders(BTreeSet<String>);

impl Placeholders {
    /// The built-in list and `values`, which are compared in any case and with any separators.
    pub fn with<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        Self(
            values.into_iter().map(|value| words(&folded(value)).join(" ")).filter(|value| !value.is_empty()).collect(),
        )
    }

    /// Whether a value identifies nobody.
    #[must_use]
    pub fn is_meaningless(&self, value: &str) -> bool {
        is_meaningless(value) || self.has(value)
    }

    /// Whether these digits of a phone number mean that the caller's number is withheld.
    #[must_use]
    pub fn is_withheld(&self, digits: &str) -> bool {
        is_withheld(digits) || self.has(digits)
    }

    fn has(&self, value: &str) -> bool {
        !self.0.is_empty() && self.0.contains(&words(&folded(value)).join(" "))
    }
}

/// Every word and phrase of the list.
pub fn words_of_the_list() -> impl Iterator<Item = &'static str> {
    [NOTHING, NOBODY, PHRASES].into_iter().flatten().copied()
}

/// Whether a value is a placeholder at every source.
#[must_use]
pub fn is_meaningless(value: &str) -> bool {
    let text = folded(value);
    let words = words(&text);
    let compact = words.concat();
    is_absent_in(&text, &words, &compact)
        || is_nobody(&compact)
        || is_phrase(&words, &compact)
        || words.iter().all(|word| is_word(word) || is_zeros(word))
        || (words.iter().any(|word| is_word(word) || is_no_number(word))
            && words.iter().all(|word| is_word(word) || is_no_number(word) || NOUNS.contains(word)))
        || is_filler(&words, &compact)
        || is_refusal(&text, &words)
        || is_nobodys_address(&text)
        || is_joined_with_nothing(&words)
        || is_own_name(&words)
        || DATES.iter().any(|date| is_date(&words, date))
        || EXAMPLES.contains(&compact.as_str())
        || text.strip_prefix('+').is_some_and(is_withheld)
        || (text.contains(';')
            && text
                .split(';')
                .filter(|part| !part.trim().starts_with("encoding="))
                .all(|part| is_meaningless(part.rsplit('=').next().unwrap_or_default())))
}

/// Whether a value means that there is no value, as programs write it: `null`, a nil UUID, an unfilled template. Unlike
/// [`is_meaningless`], this does not cover `0`, `test` or `default`, which can be the name of a part.
#[must_use]
pub fn is_absent(value: &str) -> bool {
    let text = folded(value);
    let words = words(&text);
    is_absent_in(&text, &words, &words.concat())
}

/// `compact` is the words without what separates them.
fn is_absent_in(text: &str, words: &[&str], compact: &str) -> bool {
    words.is_empty()
        || is_template(text)
        || words == ["n", "a"]
        || (words.len() == 2 && words.starts_with(&["object"]) && PHRASES.contains(&words.join(" ").as_str()))
        || words.iter().all(|word| NOTHING.contains(word))
        || is_nil(compact)
}

/// Whether these digits mean that the caller's number is withheld: a word on the keypad, or a filler.
#[must_use]
pub fn is_withheld(digits: &str) -> bool {
    SENT.contains(&digits) || SPELT.iter().any(|word| is_spelt(word, digits)) || is_filler_number(digits)
}

/// Whether a number is a filler: one repeated digit, or a sequence.
#[must_use]
pub fn is_filler_number(digits: &str) -> bool {
    // A country code of up to three digits may precede zeros. Only `1` may precede other fillers.
    let zeros = digits.trim_start_matches(|c| c != '0');
    let after_code = digits.len() - zeros.len() <= 3 && zeros.len() >= 8 && is_zeros(zeros);
    let national = digits.strip_prefix('1').filter(|rest| rest.len() == 10 && !rest.starts_with('8'));
    after_code
        || [Some(digits), national].into_iter().flatten().any(|digits| is_run(digits, 7) || is_sequence(digits, 7))
}

/// Whether `digits` are the keys that spell `word` on a telephone.
fn is_spelt(word: &str, digits: &str) -> bool {
    const KEYS: &[u8; 26] = b"22233344455566677778889999";
    let key = |letter: u8| KEYS.get(usize::from(letter.wrapping_sub(b'a'))).copied();
    word.len() == digits.len() && word.bytes().zip(digits.bytes()).all(|(letter, digit)| key(letter) == Some(digit))
}

/// A visible value in lower case, without quotes around it.
fn folded(value: &str) -> String {
    let mut text = characters::ascii(value).to_lowercase();
    for prefix in ["urn:uuid:", "uuid:", "0x"] {
        if let Some(rest) = text.strip_prefix(prefix) {
            text = rest.to_owned();
        }
    }
    text
}

/// The runs of letters and digits of a text.
fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

fn is_word(word: &str) -> bool {
    NOTHING.contains(&word) || is_nobody(word)
}

/// Whether a text is a word of the list, without the marks that some scripts write as characters of their own.
fn is_nobody(compact: &str) -> bool {
    // Every id is looked up here several times, and most are longer than any word.
    static WORDS: LazyLock<BTreeSet<String>> =
        LazyLock::new(|| NOBODY.iter().map(|word| word.chars().filter(|c| c.is_alphanumeric()).collect()).collect());
    WORDS.contains(compact)
}

/// A number of zeros only. The first of many may be number 0.
fn is_no_number(word: &str) -> bool {
    word.len() >= 4 && is_zeros(word)
}

/// Whether a field's own name stands in the place of its value: `caseId`, `customer id`.
fn is_own_name(words: &[&str]) -> bool {
    let nouns = words.iter().all(|word| NOUNS.contains(word));
    let is_noun = |noun: &str| noun.is_empty() || NOUNS.contains(&noun);
    let is_compact = |word: &str| ["id", "sid"].iter().any(|end| word.strip_suffix(end).is_some_and(is_noun));
    (words.len() > 1 && nouns) || (words.len() == 1 && words.iter().all(|word| is_compact(word)))
}

/// Whether a text is a date, with or without a time.
fn is_date(words: &[&str], date: &[&str; 3]) -> bool {
    let [year, month, day] = date;
    matches!(words, [one, two, three, ..] if one == year && two == month && three.split('t').next() == Some(*day))
}

/// Whether these are the words of a phrase, with any separators: `not available`, `NotAvailable`.
fn is_phrase(words: &[&str], compact: &str) -> bool {
    static COMPACT: LazyLock<BTreeSet<String>> =
        LazyLock::new(|| PHRASES.iter().map(|phrase| phrase.replace(' ', "")).collect());
    COMPACT.contains(compact) && (compact.len() > 3 || PHRASES.contains(&words.join(" ").as_str()))
}

fn is_zeros(text: &str) -> bool {
    text.bytes().all(|b| b == b'0')
}

/// Zeros or `f`s with the length of an id, such as a nil UUID, or a W3C trace or span id of zeros.
fn is_nil(compact: &str) -> bool {
    // Some platforms put up to four letters before their ids: `CA` and 32 zeros.
    let prefix = compact.bytes().take(4).take_while(u8::is_ascii_alphabetic).count();
    let rest = compact.get(prefix..).unwrap_or_default();
    // Salesforce puts three characters before its ids, and three letters after them.
    let record = compact.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let record = record.get(3..).filter(|_| compact.len() == 15 || compact.len() == 18).unwrap_or_default();
    (compact.len() >= 8 && (is_zeros(compact) || compact.bytes().all(|b| b == b'f')))
        || (rest.len() >= 16 && is_zeros(rest))
        || (record.len() == 12 && is_zeros(record))
        || compact.get(2..).is_some_and(|rest| is_run(rest, 16))
}

/// Whether a program reports that it has no value: `-1`, `no_case`, `n/a - n/a`, `#REF!`, the name of an exception.
fn is_refusal(text: &str, words: &[&str]) -> bool {
    let is_letters = |word: &&str| word.chars().all(char::is_alphabetic);
    let without = text.replace("n/a", "");
    TEXTS.contains(&text)
        || (words.last().is_some_and(|word| word.ends_with("exception")) && words.iter().all(is_letters))
        || matches!(words, ["no", thing] if is_letters(thing))
        || matches!(words, ["n", "a", things @ ..] if things.iter().all(|thing| NOUNS.contains(thing)))
        || (without.len() < text.len() && !without.contains(char::is_alphanumeric))
        || (text.starts_with('#') && text.ends_with(['!', '?']) && words.iter().all(is_letters))
}

/// Whether a value is a filler: one repeated character, or a sequence such as `1234567`.
fn is_filler(words: &[&str], compact: &str) -> bool {
    let least = if compact.starts_with(|c: char| c.is_ascii_digit()) { 3 } else { 2 };
    let part = |word: &&str| is_run(word, 4) || is_sequence(word, 4);
    let is_hex = |word: &&str| {
        !compact.is_empty() && compact.as_bytes().chunks(word.len()).all(|chunk| chunk == word.as_bytes())
    };
    HEX_WORDS.iter().any(is_hex)
        || is_run(compact, least)
        || is_sequence(compact, 7)
        || (words.len() >= 3 && words.iter().all(part))
}

fn is_run(text: &str, least: usize) -> bool {
    let mut chars = text.chars();
    let first = chars.next();
    text.chars().count() >= least && chars.all(|c| Some(c) == first)
}

/// Digits that count up or down, such as `1234567890`, `0987654321` and `123456789abc`.
fn is_sequence(text: &str, least: usize) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    let all =
        |next: fn(u32, u32) -> bool| digits.windows(2).all(|pair| matches!(pair, [one, other] if next(*one, *other)));
    let starts = text.starts_with(|c: char| c.is_ascii_digit());
    let up = |one, other| other == one + 1 || (one == 9 && other == 0);
    let down = |one: u32, other: u32| one == other + 1 || (one == 0 && other == 9);
    digits.len() >= least && digits.len() == text.chars().count() && starts && (all(up) || all(down))
}

/// Whether a program put a placeholder where an id belongs, as in `case-undefined`: only words are left.
fn is_joined_with_nothing(words: &[&str]) -> bool {
    const JOINED: [&str; 4] = ["undefined", "null", "nan", "nil"];
    words.iter().any(|word| JOINED.contains(word)) && !words.iter().any(|word| word.contains(|c: char| c.is_numeric()))
}

/// Whether the part of an address before `@` is a placeholder, as in `anonymous@anonymous.invalid`.
fn is_nobodys_address(text: &str) -> bool {
    // In a name-addr, parameters may follow the address.
    let inside = text.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(address, _)| address);
    let text = unwrapped(inside.unwrap_or(text));
    let address =
        ["sips:", "sip:", "tel:", "mailto:"].iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text);
    let user = address.split_once('@').map_or(address, |(user, _)| user);
    let user = words(user);
    !user.is_empty() && user.iter().all(|word| is_word(word)) && (address.contains('@') || address.len() < text.len())
}

fn unwrapped(text: &str) -> &str {
    let inner = PAIRS.iter().find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close));
    inner.map_or(text, |inner| unwrapped(inner.trim()))
}

/// Whether a text contains an unfilled variable of a template: `{{case_id}}`, `${id}`, `<id>`, `%s`, `$.id`.
fn is_template(text: &str) -> bool {
    const OPENINGS: [&str; 9] = ["{{", "${", "#{", "%{", "@{", "$(", "%(", "$[", "<%"];
    if OPENINGS.iter().any(|opening| text.contains(opening)) {
        return true;
    }
    let text = text.trim_matches(['"', '\'', '`']);
    let named = |open: char, close: char| {
        text.split(open).skip(1).any(|rest| rest.split_once(close).is_some_and(|(name, _)| is_variable(name)))
    };
    let whole = |open: &str, close: &str| {
        text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).is_some_and(is_variable)
    };
    named('{', '}')
        || named('<', '>')
        || [("[", "]"), ("%", "%"), ("$", ""), ("$.", ""), (":", ""), ("__", "__")].iter().any(|(a, b)| whole(a, b))
        || is_printf(text)
}

/// The name of a variable: letters with fewer than three digits, because ids have more. Or its position.
fn is_variable(name: &str) -> bool {
    let name = name.trim();
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.- $|".contains(&b));
    digits < 3 && (named || (digits == name.len() && digits > 0))
}

/// Whether a text contains a `printf` directive. `%da` is not one: it is an octet of a URL.
fn is_printf(text: &str) -> bool {
    text.split('%').skip(1).any(|rest| {
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || "$.-+".contains(c));
        let mut chars = rest.chars();
        chars.next().is_some_and(|c| "sdiuvx@".contains(c)) && !chars.next().is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
#[path = "meaningless/tests.rs"]
mod tests;
