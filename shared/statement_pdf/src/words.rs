//! The words of the document, in each of its languages.

use time::Date;

/// What is printed besides the statement's own texts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Words {
    /// ISO 639-1.
    pub language: &'static str,
    pub title: &'static str,
    pub customer: &'static str,
    pub account: &'static str,
    pub iban: &'static str,
    pub currency: &'static str,
    pub period: &'static str,
    pub document: &'static str,
    pub issued: &'static str,
    pub opening: &'static str,
    pub debits: &'static str,
    pub credits: &'static str,
    pub closing: &'static str,
    pub date: &'static str,
    pub text: &'static str,
    pub debit: &'static str,
    pub credit: &'static str,
    pub balance: &'static str,
    pub brought_forward: &'static str,
    pub carried_forward: &'static str,
    pub totals: &'static str,
    pub no_rows: &'static str,
    /// Before the page's number, and between it and the count.
    pub page: [&'static str; 2],
    /// Between day, month and year.
    date_sign: char,
}

const ENGLISH: Words = Words {
    language: "en",
    title: "Account statement",
    customer: "Account holder",
    account: "Account",
    iban: "IBAN",
    currency: "Currency",
    period: "Period",
    document: "Document number",
    issued: "Issued on",
    opening: "Opening balance",
    debits: "Total debits",
    credits: "Total credits",
    closing: "Closing balance",
    date: "Date",
    text: "Description",
    debit: "Debit",
    credit: "Credit",
    balance: "Balance",
    brought_forward: "Brought forward",
    carried_forward: "Carried forward",
    totals: "Totals",
    no_rows: "There were no transactions in this period.",
    page: ["Page", "of"],
    date_sign: '/',
};

const GERMAN: Words = Words {
    language: "de",
    title: "Kontoauszug",
    customer: "Kontoinhaber",
    account: "Konto",
    iban: "IBAN",
    currency: "Währung",
    period: "Zeitraum",
    document: "Dokumentnummer",
    issued: "Ausgestellt am",
    opening: "Anfangssaldo",
    debits: "Summe Belastungen",
    credits: "Summe Gutschriften",
    closing: "Endsaldo",
    date: "Datum",
    text: "Buchungstext",
    debit: "Belastung",
    credit: "Gutschrift",
    balance: "Saldo",
    brought_forward: "Übertrag von der vorigen Seite",
    carried_forward: "Übertrag auf die nächste Seite",
    totals: "Summen",
    no_rows: "In diesem Zeitraum gab es keine Umsätze.",
    page: ["Seite", "von"],
    date_sign: '.',
};

const FRENCH: Words = Words {
    language: "fr",
    title: "Relevé de compte",
    customer: "Titulaire",
    account: "Compte",
    iban: "IBAN",
    currency: "Devise",
    period: "Période",
    document: "Numéro du document",
    issued: "Émis le",
    opening: "Solde initial",
    debits: "Total des débits",
    credits: "Total des crédits",
    closing: "Solde final",
    date: "Date",
    text: "Libellé",
    debit: "Débit",
    credit: "Crédit",
    balance: "Solde",
    brought_forward: "Report de la page précédente",
    carried_forward: "À reporter à la page suivante",
    totals: "Totaux",
    no_rows: "Aucune opération n’a été enregistrée sur cette période.",
    page: ["Page", "sur"],
    date_sign: '/',
};

const SPANISH: Words = Words {
    language: "es",
    title: "Extracto de cuenta",
    customer: "Titular",
    account: "Cuenta",
    iban: "IBAN",
    currency: "Divisa",
    period: "Período",
    document: "Número de documento",
    issued: "Fecha de emisión",
    opening: "Saldo inicial",
    debits: "Total de cargos",
    credits: "Total de abonos",
    closing: "Saldo final",
    date: "Fecha",
    text: "Concepto",
    debit: "Cargo",
    credit: "Abono",
    balance: "Saldo",
    brought_forward: "Saldo de la página anterior",
    carried_forward: "Saldo a la página siguiente",
    totals: "Totales",
    no_rows: "No hubo movimientos en este período.",
    page: ["Página", "de"],
    date_sign: '/',
};

const ITALIAN: Words = Words {
    language: "it",
    title: "Estratto conto",
    customer: "Intestatario",
    account: "Conto",
    iban: "IBAN",
    currency: "Divisa",
    period: "Periodo",
    document: "Numero del documento",
    issued: "Data di emissione",
    opening: "Saldo iniziale",
    debits: "Totale addebiti",
    credits: "Totale accrediti",
    closing: "Saldo finale",
    date: "Data",
    text: "Descrizione",
    debit: "Addebito",
    credit: "Accredito",
    balance: "Saldo",
    brought_forward: "Riporto dalla pagina precedente",
    carried_forward: "Riporto alla pagina seguente",
    totals: "Totali",
    no_rows: "In questo periodo non ci sono stati movimenti.",
    page: ["Pagina", "di"],
    date_sign: '/',
};

impl Words {
    /// The words of a language (ISO 639-1), or the English ones.
    pub fn of(language: &str) -> &'static Self {
        match language {
            "de" => &GERMAN,
            "fr" => &FRENCH,
            "es" => &SPANISH,
            "it" => &ITALIAN,
            _ => &ENGLISH,
        }
    }

    /// A date in digits. All five languages write the day first (Unicode CLDR; English as in
    /// Europe).
    pub fn day(&self, date: Date) -> String {
        let sign = self.date_sign;
        let (day, month) = (date.day(), u8::from(date.month()));
        format!("{day:02}{sign}{month:02}{sign}{:04}", date.year())
    }

    /// Which page of how many.
    pub fn page_of(&self, page: usize, count: usize) -> String {
        let [before, between] = self.page;
        format!("{before} {page} {between} {count}")
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn each_language_has_its_own_words() {
        for language in ["en", "de", "fr", "es", "it"] {
            assert_eq!(Words::of(language).language, language);
        }
    }

    #[test]
    fn an_unknown_language_is_printed_in_english() {
        assert_eq!(Words::of("pl").language, "en");
    }

    #[test]
    fn the_day_comes_first() {
        let day = date!(2026 - 03 - 09);
        assert_eq!(Words::of("de").day(day), "09.03.2026");
        assert_eq!(Words::of("fr").day(day), "09/03/2026");
    }

    #[test]
    fn pages_are_counted_in_words() {
        assert_eq!(Words::of("fr").page_of(2, 19), "Page 2 sur 19");
    }
}
