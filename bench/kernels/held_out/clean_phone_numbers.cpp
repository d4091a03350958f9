// entry: clean_phone_numbers
// kind: arithmetic
// ranges: column=40:57

#include <algorithm>
#include <array>
#include <string>
#include <vector>

using Field = std::array<char, 20>;  // as the export has them: fixed width, padded with zeros

// "(0)30 / 12 34-56" -> "+4930123456"; false if that makes no sense.
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
	if (number.size() < 6 || number.size() > 15)
		return false;
	number.insert(number.begin(), '+');
	return true;
}

// Rewrites the column in place. Hopeless entries become empty, their number is returned.
int clean_phone_numbers(std::vector<Field>& column)
{
	const std::string country = "49";
	int hopeless = 0;
	std::string number;
	for (auto it = column.begin(); it != column.end(); ++it) {
		number.assign(it->begin(), std::find(it->begin(), it->end(), '\0'));
		if (!to_international(number, country)) {
			number.clear();
			++hopeless;
		}
		it->fill('\0');
		std::copy(number.begin(), number.end(), it->begin());
	}
	return hopeless;
}
