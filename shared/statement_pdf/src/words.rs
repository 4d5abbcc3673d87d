//! The words on a statement, in the languages we serve.

use domain::money::{Decimal, written};
use time::Date;

/// The words of one language.
pub(crate) struct Words {
    /// ISO 639-1.
    pub language: &'static str,
    pub title: &'static str,
    pub account: &'static str,
    pub currency: &'static str,
    pub period: &'static str,
    pub document: &'static str,
    pub issued: &'static str,
    pub opening: &'static str,
    pub closing: &'static str,
    pub debits: &'static str,
    pub credits: &'static str,
    pub date: &'static str,
    pub text: &'static str,
    pub debit: &'static str,
    pub credit: &'static str,
    pub balance: &'static str,
    pub carried: &'static str,
    pub brought: &'static str,
    pub totals: &'static str,
    pub no_rows: &'static str,
    page: &'static str,
    of: &'static str,
}

impl Words {
    /// The words of a language, English where it is not served.
    pub fn of(language: &str) -> &'static Self {
        match language {
            "de" => &GERMAN,
            "fr" => &FRENCH,
            "es" => &SPANISH,
            "it" => &ITALIAN,
            _ => &ENGLISH,
        }
    }

    /// `page x of y`.
    pub fn page(&self, number: usize, count: usize) -> String {
        format!("{} {number} {} {count}", self.page, self.of)
    }

    /// A day as it is printed. English names the month, for the order of digits differs.
    pub fn day(&self, day: Date) -> String {
        let (year, month, number) = (day.year(), u8::from(day.month()), day.day());
        match self.language {
            "de" => format!("{number:02}.{month:02}.{year}"),
            "en" => format!("{number:02} {} {year}", &day.month().to_string()[..3]),
            _ => format!("{number:02}/{month:02}/{year}"),
        }
    }

    /// An amount as it is printed.
    pub fn amount(&self, amount: Decimal, currency: &str) -> String {
        written(amount, currency, self.language)
    }
}

const ENGLISH: Words = Words {
    language: "en",
    title: "Account statement",
    account: "Account",
    currency: "Currency",
    period: "Period",
    document: "Document",
    issued: "Issued on",
    opening: "Opening balance",
    closing: "Closing balance",
    debits: "Total debits",
    credits: "Total credits",
    date: "Date",
    text: "Details",
    debit: "Debit",
    credit: "Credit",
    balance: "Balance",
    carried: "Carried forward",
    brought: "Brought forward",
    totals: "Totals",
    no_rows: "There were no transactions in this period.",
    page: "Page",
    of: "of",
};

const GERMAN: Words = Words {
    language: "de",
    title: "Kontoauszug",
    account: "Konto",
    currency: "Währung",
    period: "Zeitraum",
    document: "Dokument",
    issued: "Erstellt am",
    opening: "Anfangssaldo",
    closing: "Endsaldo",
    debits: "Summe Soll",
    credits: "Summe Haben",
    date: "Datum",
    text: "Vorgang",
    debit: "Soll",
    credit: "Haben",
    balance: "Saldo",
    carried: "Übertrag auf die nächste Seite",
    brought: "Übertrag von der vorigen Seite",
    totals: "Summen",
    no_rows: "In diesem Zeitraum gab es keine Umsätze.",
    page: "Seite",
    of: "von",
};

const FRENCH: Words = Words {
    language: "fr",
    title: "Relevé de compte",
    account: "Compte",
    currency: "Devise",
    period: "Période",
    document: "Document",
    issued: "Établi le",
    opening: "Solde initial",
    closing: "Solde final",
    debits: "Total des débits",
    credits: "Total des crédits",
    date: "Date",
    text: "Libellé",
    debit: "Débit",
    credit: "Crédit",
    balance: "Solde",
    carried: "À reporter",
    brought: "Report",
    totals: "Totaux",
    no_rows: "Aucune opération pendant cette période.",
    page: "Page",
    of: "sur",
};

const SPANISH: Words = Words {
    language: "es",
    title: "Extracto de cuenta",
    account: "Cuenta",
    currency: "Moneda",
    period: "Período",
    document: "Documento",
    issued: "Emitido el",
    opening: "Saldo inicial",
    closing: "Saldo final",
    debits: "Total de cargos",
    credits: "Total de abonos",
    date: "Fecha",
    text: "Concepto",
    debit: "Cargo",
    credit: "Abono",
    balance: "Saldo",
    carried: "Suma y sigue",
    brought: "Suma anterior",
    totals: "Totales",
    no_rows: "No hubo movimientos en este período.",
    page: "Página",
    of: "de",
};

const ITALIAN: Words = Words {
    language: "it",
    title: "Estratto conto",
    account: "Conto",
    currency: "Valuta",
    period: "Periodo",
    document: "Documento",
    issued: "Emesso il",
    opening: "Saldo iniziale",
    closing: "Saldo finale",
    debits: "Totale addebiti",
    credits: "Totale accrediti",
    date: "Data",
    text: "Descrizione",
    debit: "Addebito",
    credit: "Accredito",
    balance: "Saldo",
    carried: "A riportare",
    brought: "Riporto",
    totals: "Totali",
    no_rows: "Nessun movimento in questo periodo.",
    page: "Pagina",
    of: "di",
};
