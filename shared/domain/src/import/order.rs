//! Sorting by a number: one copy of the algorithm for all that an import sorts, because each more is 25 kB that every browser loads.

/// Sorts by a number; what has the same one stays in its order.
pub fn sort_by_number<T>(items: &mut Vec<T>, number: impl Fn(&T) -> f64) {
    let order = order(items.iter().map(number).collect());
    let mut taken: Vec<Option<T>> = std::mem::take(items).into_iter().map(Some).collect();
    items.extend(order.into_iter().filter_map(|place| taken[place].take()));
}

/// The places of the numbers, from the smallest on.
fn order(numbers: Vec<f64>) -> Vec<usize> {
    let mut places: Vec<(f64, usize)> = numbers.into_iter().zip(0..).collect();
    places.sort_unstable_by(|(one, first), (other, second)| one.total_cmp(other).then(first.cmp(second)));
    places.into_iter().map(|(_, place)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_the_same_number_stays_in_its_order() {
        let mut items = vec![(2.5, "b"), (-1.0, "a"), (2.5, "c"), (f64::INFINITY, "e"), (3.0, "d"), (-1.0, "aa")];
        sort_by_number(&mut items, |(number, _)| *number);
        let names: Vec<&str> = items.into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["a", "aa", "b", "c", "d", "e"]);
    }

    #[test]
    fn nothing_and_one_are_sorted() {
        let mut none: Vec<u8> = Vec::new();
        sort_by_number(&mut none, |number| f64::from(*number));
        assert!(none.is_empty());
        let mut one = vec![7];
        sort_by_number(&mut one, |number| f64::from(*number));
        assert_eq!(one, [7]);
    }
}
