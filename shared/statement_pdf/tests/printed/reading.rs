//! Reading a document back.

use lopdf::{Dictionary, Document, Object};

use crate::sample::Sample;

pub struct Read(Document);

/// The document of a sample, read back.
pub fn read(sample: &Sample) -> Read {
    Read(Document::load_mem(&sample.printed().unwrap()).unwrap())
}

impl Read {
    /// The texts of each page, in the order in which they are read.
    pub fn pages(&self) -> Vec<Vec<String>> {
        let pages = self.0.get_pages();
        let text = |page: &u32| self.0.extract_text(&[*page]).unwrap();
        let lines = |page| text(page).lines().map(str::to_owned).collect();
        pages.keys().map(lines).collect()
    }

    /// The texts of all pages.
    pub fn lines(&self) -> Vec<String> {
        self.pages().concat()
    }

    /// What the document says about itself under this key.
    pub fn about(&self, key: &str) -> String {
        let about = self.0.trailer.get(b"Info").unwrap();
        let (_, about) = self.0.dereference(about).unwrap();
        let octets = about.as_dict().unwrap().get(key.as_bytes()).unwrap();
        let octets = octets.as_str().unwrap();
        match octets.strip_prefix(&[0xfe, 0xff]) {
            Some(utf_16) => {
                let units = utf_16
                    .chunks(2)
                    .map(|two| u16::from_be_bytes([two[0], two[1]]));
                String::from_utf16(&units.collect::<Vec<u16>>()).unwrap()
            }
            None => String::from_utf8(octets.to_vec()).unwrap(),
        }
    }

    pub fn language(&self) -> String {
        let language = self.0.catalog().unwrap().get(b"Lang").unwrap();
        String::from_utf8(language.as_str().unwrap().to_vec()).unwrap()
    }

    /// The names of the embedded fonts and how many octets each has, uncompressed.
    pub fn fonts(&self) -> Vec<(String, i64)> {
        let objects = self.0.objects.values();
        let dictionaries = objects.filter_map(|object| object.as_dict().ok());
        let mut fonts: Vec<(String, i64)> = dictionaries.filter_map(|d| self.font(d)).collect();
        fonts.sort();
        fonts
    }

    fn font(&self, descriptor: &Dictionary) -> Option<(String, i64)> {
        let name = descriptor.get(b"FontName").ok()?.as_name().ok()?;
        let file = descriptor.get(b"FontFile2").ok()?;
        let (_, file) = self.0.dereference(file).ok()?;
        let Object::Stream(file) = file else {
            return None;
        };
        let octets = file.dict.get(b"Length1").ok()?.as_i64().ok()?;
        Some((String::from_utf8(name.to_vec()).ok()?, octets))
    }
}
