//! One collection: points at numbered places, and what finds them there.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::dense::Matrix;
use super::filter::{Condition, Filter, any_value};
use super::sparse::{Inverted, SparseVector};
use super::{Point, Refusal, Schema};

/// Points that have the same kinds of vectors.
#[derive(Debug, Default)]
pub struct Collection {
    /// Which vectors its points may have.
    pub schema: Schema,
    places: BTreeMap<Order, usize>,
    records: Vec<Option<Record>>,
    /// Places that were given up.
    free: Vec<usize>,
    dense: BTreeMap<String, Matrix>,
    sparse: BTreeMap<String, Inverted>,
    /// By key of the payload, and by word: the places where it stands there.
    words: BTreeMap<String, HashMap<String, BTreeSet<usize>>>,
}

/// A point as a collection keeps it: its vectors stand apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// A UUID, or a number in digits.
    pub id: String,
    /// What is stored along with it.
    pub payload: Map<String, Value>,
    order: Order,
    place: usize,
}

impl Record {
    pub(super) fn new(id: String, payload: Map<String, Value>) -> Self {
        Self {
            order: Order::of(&id),
            id,
            payload,
            place: 0,
        }
    }

    pub(super) fn place(&self) -> usize {
        self.place
    }
}

/// Ids in Qdrant's order: numbers by their size, then UUIDs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Number(u64),
    Uuid(String),
}

impl Order {
    fn of(id: &str) -> Self {
        id.parse()
            .map_or_else(|_| Self::Uuid(id.to_owned()), Self::Number)
    }
}

impl Collection {
    pub(super) fn new(schema: Schema) -> Self {
        let dense = schema.vectors.iter();
        let sparse = schema.sparse.iter();
        Self {
            dense: dense
                .map(|(name, size)| (name.clone(), Matrix::new(*size)))
                .collect(),
            sparse: sparse
                .map(|(name, weighting)| (name.clone(), Inverted::new(*weighting)))
                .collect(),
            schema,
            ..Self::default()
        }
    }

    /// How many points it has.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it has no points.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// All points, in the order of their ids.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.places.values().filter_map(|place| self.at(*place))
    }

    /// A point by its id.
    pub fn get(&self, id: &str) -> Option<&Record> {
        self.at(*self.places.get(&Order::of(id))?)
    }

    /// The dense vectors of a point, by name. Their lengths are one.
    pub fn vectors<'a>(&'a self, of: &Record) -> impl Iterator<Item = (&'a str, &'a [f32])> {
        let place = of.place;
        let all = self.dense.iter();
        all.filter_map(move |(name, matrix)| Some((name.as_str(), matrix.get(place)?)))
    }

    /// The sparse vectors of a point, by name.
    pub fn sparse<'a>(&'a self, of: &Record) -> impl Iterator<Item = (&'a str, &'a SparseVector)> {
        let place = of.place;
        let all = self.sparse.iter();
        all.filter_map(move |(name, inverted)| Some((name.as_str(), inverted.get(place)?)))
    }

    /// The keys of the payload whose words are looked up.
    pub fn indexed(&self) -> impl Iterator<Item = &str> {
        self.words.keys().map(String::as_str)
    }

    /// The points that a filter means from an id on, in the order of their ids, and the one after
    /// them.
    pub fn page(
        &self,
        from: Option<&str>,
        filter: &Filter,
        limit: usize,
    ) -> (Vec<&Record>, Option<&Record>) {
        let from = from.map_or(Order::Number(0), Order::of);
        let places: Vec<usize> = match self.looked_up(filter) {
            Some(places) => {
                let order = |place: &usize| self.at(*place).map(|record| &record.order);
                let mut places: Vec<usize> = places.into_iter().collect();
                places.retain(|place| order(place) >= Some(&from));
                places.sort_by(|one, other| order(one).cmp(&order(other)));
                places
            }
            None => self.places.range(from..).map(|(_, place)| *place).collect(),
        };
        let records = places.into_iter().filter_map(|place| self.at(place));
        let mut meant = records.filter(|record| filter.holds(record));
        let page = meant.by_ref().take(limit).collect();
        (page, meant.next())
    }

    /// How many points a filter means.
    pub fn count(&self, filter: &Filter) -> usize {
        self.meant(filter, None)
            .map_or(self.len(), |places| places.len())
    }

    /// The places, in order, of the points that a filter means among those at these places, or
    /// among all; none where that is all of them.
    pub(super) fn meant<'a>(
        &self,
        filter: &Filter,
        within: Option<&'a [usize]>,
    ) -> Option<Cow<'a, [usize]>> {
        if filter.is_empty() {
            return within.map(Cow::Borrowed);
        }
        let holds = |place: &usize| self.at(*place).is_some_and(|record| filter.holds(record));
        let meant: Vec<usize> = match (self.looked_up(filter), within) {
            (Some(places), Some(within)) => {
                let both = within.iter().filter(|place| places.contains(place));
                both.copied().filter(holds).collect()
            }
            (Some(places), None) => places.into_iter().filter(holds).collect(),
            (None, Some(within)) => within.iter().copied().filter(holds).collect(),
            (None, None) => (0..self.records.len()).filter(holds).collect(),
        };
        Some(meant.into())
    }

    /// The fewest places to which a condition that must hold leads without reading every point.
    /// Not all the points there are meant.
    fn looked_up(&self, filter: &Filter) -> Option<BTreeSet<usize>> {
        let found = filter.must.iter().filter_map(|condition| match condition {
            Condition::OneOf(key, wanted) => {
                let words = self.words.get(key)?;
                let mut places = BTreeSet::new();
                for word in wanted {
                    places.extend(words.get(word.as_str()?).into_iter().flatten());
                }
                Some(places)
            }
            Condition::HasId(ids) => {
                let places = ids.iter().filter_map(|id| self.places.get(&Order::of(id)));
                Some(places.copied().collect())
            }
            Condition::All(filter) => self.looked_up(filter),
            _ => None,
        });
        found.min_by_key(BTreeSet::len)
    }

    pub(super) fn at(&self, place: usize) -> Option<&Record> {
        self.records.get(place)?.as_ref()
    }

    /// The first points by score, and among equals by id.
    pub(super) fn best(&self, mut scores: Vec<(f32, usize)>, limit: usize) -> Vec<(f32, usize)> {
        let order = |place: usize| self.at(place).map(|record| &record.order);
        let by_score = |one: &(f32, usize), other: &(f32, usize)| {
            let ids = || order(one.1).cmp(&order(other.1));
            other.0.total_cmp(&one.0).then_with(ids)
        };
        if limit < scores.len() {
            scores.select_nth_unstable_by(limit, by_score);
            scores.truncate(limit);
        }
        scores.sort_unstable_by(by_score);
        scores
    }

    pub(super) fn dense(&self, vector: &str, with: &[f32]) -> Result<&Matrix, Refusal> {
        let wrong = |why| Err(Refusal::BadVector(why));
        match (self.dense.get(vector), self.schema.vectors.get(vector)) {
            (Some(_), Some(dimension)) if *dimension != with.len() => wrong(format!(
                "Vector dimension error: expected dim: {dimension}, got {}",
                with.len()
            )),
            (Some(matrix), _) => Ok(matrix),
            (None, _) => wrong(format!("Not existing vector name error: {vector}")),
        }
    }

    pub(super) fn inverted(&self, vector: &str) -> Result<&Inverted, Refusal> {
        let missing = || Refusal::BadVector(format!("Not existing vector name error: {vector}"));
        self.sparse.get(vector).ok_or_else(missing)
    }

    pub(super) fn check(&self, point: &Point) -> Result<(), Refusal> {
        for (vector, values) in &point.vectors {
            self.dense(vector, values)?;
        }
        for vector in point.sparse.keys() {
            self.inverted(vector)?;
        }
        Ok(())
    }

    pub(super) fn put(&mut self, mut point: Point) {
        let order = Order::of(&point.id);
        let place = match self.places.get(&order) {
            Some(place) => *place,
            None => self.free.pop().unwrap_or(self.records.len()),
        };
        for (name, matrix) in &mut self.dense {
            match point.vectors.get(name) {
                Some(vector) => matrix.put(place, vector),
                None => matrix.clear(place),
            }
        }
        for (name, inverted) in &mut self.sparse {
            match point.sparse.remove(name) {
                Some(vector) => inverted.put(place, vector),
                None => inverted.clear(place),
            }
        }
        self.take_record(place);
        let mut record = Record::new(point.id, point.payload);
        record.place = place;
        for (key, words) in &mut self.words {
            note(words, key, &record);
        }
        self.places.insert(order, place);
        if self.records.len() <= place {
            self.records.resize(place + 1, None);
        }
        self.records[place] = Some(record);
    }

    pub(super) fn remove(&mut self, id: &str) {
        let Some(place) = self.places.remove(&Order::of(id)) else {
            return;
        };
        for matrix in self.dense.values_mut() {
            matrix.clear(place);
        }
        for inverted in self.sparse.values_mut() {
            inverted.clear(place);
        }
        self.take_record(place);
        self.free.push(place);
    }

    /// Takes what stands at a place away, with its words.
    fn take_record(&mut self, place: usize) {
        let Some(record) = self.records.get_mut(place).and_then(Option::take) else {
            return;
        };
        for (key, words) in &mut self.words {
            for word in words_of(key, &record) {
                if let Some(places) = words.get_mut(&word) {
                    places.remove(&place);
                    if places.is_empty() {
                        words.remove(&word);
                    }
                }
            }
        }
    }

    /// Looks the words under a key up from now on.
    pub(super) fn index(&mut self, key: &str) {
        let mut words = HashMap::new();
        for record in self.records.iter().flatten() {
            note(&mut words, key, record);
        }
        self.words.insert(key.to_owned(), words);
    }

    /// A point with its vectors.
    pub(super) fn point(&self, record: &Record) -> Point {
        let vectors = self.vectors(record);
        let sparse = self.sparse(record);
        Point {
            id: record.id.clone(),
            vectors: vectors.map(|(n, v)| (n.to_owned(), v.to_vec())).collect(),
            sparse: sparse.map(|(n, v)| (n.to_owned(), v.clone())).collect(),
            payload: record.payload.clone(),
        }
    }
}

fn note(words: &mut HashMap<String, BTreeSet<usize>>, key: &str, record: &Record) {
    for word in words_of(key, record) {
        words.entry(word).or_default().insert(record.place);
    }
}

fn words_of(key: &str, record: &Record) -> BTreeSet<String> {
    let found = std::cell::RefCell::new(BTreeSet::new());
    any_value(&record.payload, key, &|value| {
        if let Some(word) = value.as_str() {
            found.borrow_mut().insert(word.to_owned());
        }
        false
    });
    found.into_inner()
}
