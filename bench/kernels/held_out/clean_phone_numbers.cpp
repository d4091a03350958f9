// entry: clean_phone_numbers
// kind: arithmetic
// ranges: column=40:57

#include <algorithm>
#include <string>
#include <vector>

// "(0)30 / 12 34-56" -> "+493012 3456" without the blanks; false if that makes no sense.
static bool to_international(std::string& number, const std::string& country)
{
	bool plus = !number.empty() && number[0] == '+';
	number.erase(std::remove_if(number.begin(), number.end(), [](char c) { return c < '0' || c > '9'; }), number.end());

	if (!plus && number.compare(0, 2, "00") == 0) {
		number.erase(0, 2);
		plus = true;
	}
	if (!plus) {
		if (!number.empty() && number.front() == '0')
			number.erase(number.begin());
		number.insert(0, country);
	}
	if (number.size() < 4 || number.size() > 15)
		return false;
	number.insert(number.begin(), '+');
	return true;
}

// Rewrites the column in place. Hopeless entries become empty, their number is returned.
int clean_phone_numbers(std::vector<std::string>& column)
{
	const std::string country = "49";
	int hopeless = 0;
	for (auto it = column.begin(); it != column.end(); ++it) {
		if (!to_international(*it, country)) {
			it->clear();
			++hopeless;
		}
	}
	return hopeless;
}
