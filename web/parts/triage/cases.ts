/** Cases as the API has them, and what is asked of it. */

export {}
