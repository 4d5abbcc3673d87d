//! Words of the five languages that stand for values, folded.

/// Numbers as words. One is left out: it is an article too, and counts only before a unit.
const NUMBERS: [(u32, &str); 33] = [
    (0, "zero null"),
    (2, "two zwei deux dos due twice zweimal"),
    (3, "three drei trois tres tre"),
    (4, "four vier quatre cuatro quattro"),
    (5, "five funf cinq cinco cinque"),
    (6, "six sechs seis sei"),
    (7, "seven sieben sept siete sette"),
    (8, "eight acht huit ocho otto"),
    (9, "nine neun neuf nueve nove"),
    (10, "ten zehn dix diez dieci"),
    (11, "eleven elf onze once undici"),
    (12, "twelve zwolf douze doce dodici"),
    (13, "thirteen dreizehn treize trece tredici"),
    (14, "fourteen vierzehn quatorze catorce quattordici"),
    (15, "fifteen funfzehn quinze quince quindici"),
    (16, "sixteen sechzehn seize dieciseis sedici"),
    (17, "seventeen siebzehn diecisiete diciassette"),
    (18, "eighteen achtzehn dieciocho diciotto"),
    (19, "nineteen neunzehn diecinueve diciannove"),
    (20, "twenty zwanzig vingt veinte venti"),
    (24, "vierundzwanzig veinticuatro ventiquattro"),
    (30, "thirty dreissig trente treinta trenta"),
    (40, "forty vierzig quarante cuarenta quaranta"),
    (50, "fifty funfzig cinquante cincuenta cinquanta"),
    (60, "sixty sechzig soixante sesenta sessanta"),
    (70, "seventy siebzig setenta settanta"),
    (80, "eighty achtzig ochenta ottanta"),
    (90, "ninety neunzig noventa novanta"),
    (100, "hundred hundert cent cien ciento cento"),
    (150, "hundertfunfzig"),
    (200, "zweihundert doscientos duecento"),
    (500, "funfhundert quinientos cinquecento"),
    (1000, "thousand tausend mille mil mila"),
];

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Minute,
    Hour,
    Day,
    WorkingDay,
    Week,
    Month,
    Year,
}

const UNITS: [(Unit, &str); 7] = [
    (
        Unit::Minute,
        "minute minutes minuten min minuto minutos minuti",
    ),
    (
        Unit::Hour,
        "hour hours stunde stunden heure heures hora horas ora ore",
    ),
    (
        Unit::WorkingDay,
        "werktag werktage werktagen arbeitstag arbeitstage arbeitstagen bankarbeitstag bankarbeitstage bankarbeitstagen geschaftstag geschaftstage geschaftstagen weekday weekdays",
    ),
    (
        Unit::Day,
        "day days tag tage tagen jour jours dia dias giorno giorni tagige tagigen",
    ),
    (
        Unit::Week,
        "week weeks woche wochen semaine semaines semana semanas settimana settimane wochige",
    ),
    (
        Unit::Month,
        "month months monat monate monaten mois mes meses mese mesi monatige",
    ),
    (
        Unit::Year,
        "year years jahr jahre jahren an ans annee annees ano anos anno anni",
    ),
];

/// Words that make a day a working day, before it or after.
const WORKING: &str = "working business banking bank ouvre ouvres ouvrable ouvrables habil habiles laborable laborables lavorativo lavorativi";

const CURRENCIES: [(&str, &str); 5] = [
    ("EUR", "eur € euro euros"),
    ("CHF", "chf franken francs franc francos franchi fr sfr"),
    ("USD", "usd $ dollar dollars dolares dollari"),
    (
        "GBP",
        "gbp £ pound pounds pfund livre livres libra libras sterlina sterline",
    ),
    ("CENT", "cents cent centimes centime centimos centesimi"),
];

const PERCENT: &str = "% percent prozent percentage";

const MONTHS: [&str; 12] = [
    "january januar janvier enero gennaio jan janner",
    "february februar fevrier febrero febbraio feb",
    "march marz mars marzo mar",
    "april avril abril aprile apr",
    "may mai mayo maggio",
    "june juni juin junio giugno jun",
    "july juli juillet julio luglio jul",
    "august aout agosto aug",
    "september septembre septiembre settembre sep sept",
    "october oktober octobre octubre ottobre oct okt",
    "november novembre noviembre nov",
    "december dezember decembre diciembre dicembre dec dez",
];

const WEEKDAYS: [&str; 7] = [
    "monday mondays montag montags lundi lundis lunes lunedi",
    "tuesday tuesdays dienstag dienstags mardi mardis martes martedi",
    "wednesday wednesdays mittwoch mittwochs mercredi mercredis miercoles mercoledi",
    "thursday thursdays donnerstag donnerstags jeudi jeudis jueves giovedi",
    "friday fridays freitag freitags vendredi vendredis viernes venerdi",
    "saturday saturdays samstag samstags sonnabend sonnabends samedi samedis sabado sabados sabato",
    "sunday sundays sonntag sonntags dimanche dimanches domingo domingos domenica",
];

fn is_among(list: &str, word: &str) -> bool {
    list.split(' ').any(|one| one == word)
}

/// The number that a word stands for.
pub(crate) fn number_word(word: &str) -> Option<u32> {
    let found = NUMBERS.iter().find(|(_, words)| is_among(words, word));
    found.map(|(number, _)| *number)
}

/// Whether a word is "one", or an article that can stand for it.
pub(crate) fn is_one(word: &str) -> bool {
    is_among("one a an ein eine einen einem einer un une una uno", word)
}

pub(crate) fn unit(word: &str) -> Option<Unit> {
    let found = UNITS.iter().find(|(_, words)| is_among(words, word));
    found.map(|(unit, _)| *unit)
}

pub(crate) fn makes_working(word: &str) -> bool {
    is_among(WORKING, word)
}

pub(crate) fn currency(word: &str) -> Option<&'static str> {
    let found = CURRENCIES.iter().find(|(_, words)| is_among(words, word));
    found.map(|(code, _)| *code)
}

pub(crate) fn is_percent(word: &str) -> bool {
    is_among(PERCENT, word)
}

/// The number of a month, from 1.
pub(crate) fn month(word: &str) -> Option<u8> {
    let at = MONTHS.iter().position(|words| is_among(words, word))?;
    u8::try_from(at + 1).ok()
}

/// The number of a day of the week, Monday being 0.
pub(crate) fn weekday(word: &str) -> Option<usize> {
    WEEKDAYS.iter().position(|words| is_among(words, word))
}
