//! Determines which fields of brands' and gateways' events are personal data, by their names in any spelling. No side
//! effects.

/// Fields with people's names, numbers and places, without case and separators.
const PERSONAL: [&str; 61] = [
    "name",
    "firstname",
    "lastname",
    "middlename",
    "fullname",
    "givenname",
    "familyname",
    "surname",
    "customername",
    "buyername",
    "billingname",
    "shippingname",
    "recipientname",
    "cardholdername",
    "username",
    "nickname",
    "phone",
    "phonenumber",
    "customerphone",
    "billingphone",
    "shippingphone",
    "mobile",
    "telephone",
    "fax",
    "line1",
    "line2",
    "firstline",
    "secondline",
    "address1",
    "address2",
    "addressline1",
    "addressline2",
    "street",
    "streetaddress",
    "extendedaddress",
    "postalcode",
    "postcode",
    "zip",
    "zipcode",
    "city",
    "locality",
    "ip",
    "ipaddress",
    "customerip",
    "clientip",
    "browserip",
    "customeripaddress",
    "useragent",
    "customerbrowser",
    "birthdate",
    "birthday",
    "dateofbirth",
    "dob",
    "company",
    "companyname",
    "businessname",
    "last4",
    "cardlastfour",
    "latitude",
    "longitude",
    "taxidentifier",
];

/// Fields with full names, which are also searched for elsewhere.
const NAMES: [&str; 9] = [
    "name",
    "fullname",
    "customername",
    "buyername",
    "billingname",
    "shippingname",
    "recipientname",
    "cardholdername",
    "username",
];

/// Fields that contain the brand's or gateway's name for the buyer.
const CUSTOMERS: [&str; 5] = ["customer", "customerid", "userid", "clientid", "accountid"];

/// A field's name without case and separators.
pub fn plain(key: &str) -> String {
    key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

pub fn is_personal(parent: &str, key: &str) -> bool {
    let key = plain(key);
    // Personal in an address, but not in a subscription.
    let of_address = || {
        let parent = plain(parent);
        ["address", "billing", "shipping"].iter().any(|part| parent.contains(part))
            && matches!(key.as_str(), "state" | "region" | "district" | "county")
    };
    // Shopify's customer once more: `gid://shopify/Customer/…` ends in the id.
    let of_customer = || key == "admingraphqlapiid" && plain(parent) == "customer";
    PERSONAL.contains(&key.as_str()) || of_address() || of_customer()
}

/// Whether an object with this name contains the brand's own key-value pairs, which plan conditions compare.
pub fn holds_pairs(parent: &str) -> bool {
    matches!(plain(parent).as_str(), "metadata" | "customdata" | "customfields")
}

/// Whether the objects of a list with this name are the brand's own pairs, each with a `name` and a `value` (Shopify's
/// cart attributes and line item properties).
pub fn lists_pairs(parent: &str) -> bool {
    matches!(plain(parent).as_str(), "noteattributes" | "properties")
}

pub fn is_name(key: &str) -> bool {
    NAMES.contains(&plain(key).as_str())
}

pub fn names_customer(parent: &str, key: &str) -> bool {
    let key = plain(key);
    CUSTOMERS.contains(&key.as_str()) || (key == "id" && plain(parent) == "customer")
}

/// Whether a field contains the brand's name for a sale or a refund.
pub fn names_sale(key: &str) -> bool {
    matches!(plain(key).as_str(), "externaleventid" | "refundof")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_known_however_they_are_written() {
        for key in ["customer_name", "customerName", "first-name", "Postal Code", "IP_address", "line1"] {
            assert!(is_personal("", key), "{key}");
        }
        for key in ["amount", "email", "country", "state", "plan", "object", "customer", "quantity"] {
            assert!(!is_personal("subscription", key), "{key}");
        }
        assert!(is_personal("billing_address", "state"));
        assert!(is_name("customer_name") && !is_name("first_name"));
        assert!(lists_pairs("note_attributes") && !lists_pairs("metadata"));
        assert!(holds_pairs("custom-fields") && holds_pairs("metadata") && !holds_pairs("customer_details"));
    }

    #[test]
    fn a_buyers_id_stands_in_known_places() {
        assert!(names_customer("", "customerId") && names_customer("object", "customer"));
        assert!(names_customer("customer", "id") && !names_customer("product", "id"));
    }
}
